// Two clicks on a button send its form once. form[data-send-on-change] is sent as soon as something is chosen; its button is
// for those without a script.
"use strict";

(() => {
  const GIVEN_UP = 10_000; // whoever stopped the loading of a page may try again

  document.querySelectorAll("[data-without-script]").forEach((button) => { button.hidden = true; });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-send-on-change]");
    if (form) form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const isDownload = event.submitter && "download" in event.submitter.dataset;
    if (event.defaultPrevented || form.method !== "post" || isDownload) return;
    if ("underway" in form.dataset) { event.preventDefault(); return; }
    form.dataset.underway = "";
    setTimeout(() => rest(form), GIVEN_UP);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-underway]").forEach(rest));

  function rest(form) { delete form.dataset.underway; }
})();
