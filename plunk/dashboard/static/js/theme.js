// Light or dark at once, without loading the page anew. Without a script the button is a form that does the same.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  const body = new FormData(form);
  body.set("theme", theme);
  fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
  const other = form.querySelector(`button:not([value="${theme}"])`);
  if (other) other.focus();
});
