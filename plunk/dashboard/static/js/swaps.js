// Parts of pages that ask again by themselves must not take anything out of anybody's hands: nothing is replaced behind
// a question or while it is selected, and what had the focus has it afterwards too.
"use strict";

(() => {
  let held = null;

  // The same link or button in the new part: by what it does and says, and if several do, by its place among them.
  const sign = (element) => [element.tagName, element.getAttribute("href"), element.name, element.form && element.form.getAttribute("action"), element.getAttribute("aria-label"), element.textContent.trim()].join("\n");
  const alike = (part, wanted) => [...part.querySelectorAll(wanted.split("\n", 1)[0])].filter((each) => sign(each) === wanted);

  function isBeingCopied(target) {
    const selection = getSelection();
    return !selection.isCollapsed && selection.containsNode(target, true);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if ((document.querySelector("dialog[open]") && !target.closest("dialog")) || isBeingCopied(target)) {
      event.detail.shouldSwap = false;
      return;
    }
    const focused = document.activeElement;
    held = null;
    if (!target.id || !target.contains(focused) || focused === target || focused.id) return; // htmx keeps what has an id
    const wanted = sign(focused);
    held = { part: target.id, wanted, place: alike(target, wanted).indexOf(focused) };
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!held || document.activeElement !== document.body) return;
    const part = document.getElementById(held.part);
    const found = part && alike(part, held.wanted)[held.place];
    held = null;
    if (found) found.focus({ preventScroll: true });
  });
})();
