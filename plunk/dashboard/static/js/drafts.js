// form[data-draft="what to say"]: what was entered there waits in this tab while somebody who was signed out signs in again, and is put
// back into the form. It is gone with the next page, whichever that is. For forms whose fields have a name each.
"use strict";

(() => {
  const NOTE = "plunk-draft", NOT_KEPT = ["csrf_token", "once", "seen"];
  const form = document.querySelector("form[data-draft]");

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !("draft" in event.target.dataset)) return;
    const entered = [...new FormData(event.target)].filter(([name]) => !NOT_KEPT.includes(name));
    sessionStorage.setItem(NOTE, JSON.stringify({ path: location.pathname, entered }));
  });

  if (location.pathname === document.documentElement.dataset.login) return;
  const draft = JSON.parse(sessionStorage.getItem(NOTE));
  sessionStorage.removeItem(NOTE);
  const cameFromLogin = document.referrer && new URL(document.referrer).pathname === document.documentElement.dataset.login;
  if (!form || !draft || draft.path !== location.pathname || !cameFromLogin) return;
  const entered = new Map(draft.entered);
  for (const element of form.elements) {
    if (NOT_KEPT.includes(element.name)) continue;
    if (["checkbox", "radio"].includes(element.type)) element.checked = entered.get(element.name) === element.value;
    else if (entered.has(element.name)) element.value = entered.get(element.name);
  }
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: form.dataset.draft, kind: "good" } }));
})();
