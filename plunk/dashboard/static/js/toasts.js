// Short messages in the corner: those the page came with, and those that answers to htmx bring (HX-Trigger: toast). Those that
// are passing, such as a database out of reach, go when an answer arrives again.
"use strict";

(() => {
  const LASTS = 6000;

  // What is there already is not said again: a page that asks every two seconds may fail each time.
  function show({ text, kind, passing }) {
    const corner = document.getElementById("toasts");
    if ([...corner.querySelectorAll(".toast p")].some((each) => each.textContent === text)) return;
    const toast = document.createElement("div");
    if (passing) toast.dataset.passing = "";
    toast.className = `toast toast-${kind === "bad" ? "bad" : "good"}`;
    const words = document.createElement("p");
    words.textContent = text;
    const dismiss = document.createElement("button");
    dismiss.type = "button";
    dismiss.className = "quiet";
    dismiss.dataset.dismiss = "";
    dismiss.setAttribute("aria-label", corner.dataset.dismissLabel);
    dismiss.textContent = "×";
    toast.append(words, dismiss);
    corner.append(toast);
    fade(toast);
  }

  // What went wrong stays until it is dismissed.
  function fade(toast) {
    if (toast.classList.contains("toast-bad")) return;
    setTimeout(() => toast.matches(":hover, :focus-within") ? fade(toast) : toast.remove(), LASTS);
  }

  document.addEventListener("toast", (event) => show(event.detail));
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) document.querySelectorAll(".toast[data-passing]").forEach((each) => each.remove());
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) button.closest(".toast").remove();
  });
  document.querySelectorAll(".toast").forEach(fade);
})();
