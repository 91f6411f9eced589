// A form that came back: whoever sent it is taken to what is wrong with it, wherever on the page that stands.
"use strict";

(() => {
  // The JSON of a rule is no place to be taken to: what is wrong with it stands at the rows.
  const WRONG = "main :is(.problem, .error[role=alert], .rule-problem, [aria-invalid=true]:not(.code))";
  const visible = (each) => each.checkVisibility() && !each.closest("dialog");
  const found = () => [...document.querySelectorAll(WRONG)].find(visible);
  let last = null;

  function show() {
    const fault = found();
    if (!fault) return;
    if (fault !== last && !fault.matches("input, select, textarea")) fault.tabIndex = -1;
    if (fault !== last) fault.focus({ preventScroll: true });
    fault.scrollIntoView({ block: "center" });
    last = fault;
  }

  show();
  if (!last && !document.querySelector("main [data-refused]")) return;
  // Parts that draw themselves later, such as the rows of a rule, would push it out of sight again.
  const page = new ResizeObserver(show);
  page.observe(document.querySelector("main"));
  const stop = () => page.disconnect();
  ["keydown", "pointerdown", "wheel", "touchstart"].forEach((each) => addEventListener(each, stop, { once: true, passive: true }));
  setTimeout(stop, 2000);
})();
