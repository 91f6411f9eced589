// Dialogs: [data-dialog="id"] opens one, [data-close] closes it; form[data-confirm="…"] asks before it is sent.
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    if (event.target.matches("dialog[open]") && outside(event.target, event)) event.target.close();
  });

  // A form that came back with an error shows itself again.
  document.querySelectorAll("dialog").forEach((dialog) => {
    if (dialog.querySelector(".error, .problem")) dialog.showModal();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form.dataset.confirm, event.submitter).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    });
  }, true);

  function ask(question, submitter) {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("[data-question]").textContent = question;
    const yes = dialog.querySelector("[data-yes]");
    yes.textContent = submitter ? submitter.textContent.trim() || submitter.getAttribute("aria-label") : yes.textContent;
    const no = dialog.querySelector("[data-no]");
    no.textContent = yes.textContent === no.dataset.no ? no.dataset.other : no.dataset.no;
    yes.className = submitter && submitter.classList.contains("danger") ? "danger" : "primary";
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  function outside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }
})();
