// Short messages in the corner: those the page came with, and those that answers to htmx bring (HX-Trigger: toast).
"use strict";

(() => {
  const LASTS = 6000;

  function show(text, kind) {
    const corner = document.getElementById("toasts");
    const toast = document.createElement("div");
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

  document.addEventListener("toast", (event) => show(event.detail.text, event.detail.kind));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) button.closest(".toast").remove();
  });
  document.querySelectorAll(".toast").forEach(fade);
})();
