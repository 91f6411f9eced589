// What htmx sends and what becomes of answers that are no part of a page.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

document.addEventListener("htmx:sendError", () => {
  const text = document.getElementById("toasts").dataset.offline;
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "bad", passing: true } }));
});
