// form[data-send-on-change] is sent as soon as something is chosen; its button is for those without a script.
"use strict";

document.querySelectorAll("[data-without-script]").forEach((button) => { button.hidden = true; });
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-send-on-change]");
  if (form) form.requestSubmit();
});
