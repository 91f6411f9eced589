// A file is sent as soon as it is chosen or dropped; a bar says how far it is. Without a script it is a plain form.
"use strict";

(() => {
  document.documentElement.classList.add("with-script");
  const form = () => document.getElementById("upload");

  function refuse(text) {
    const error = form().querySelector("[data-error]");
    error.textContent = text;
    error.hidden = false;
  }

  function showSending(is) {
    form().querySelector("[data-sending]").hidden = !is;
    form().querySelector("[data-send]").disabled = is;
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-upload] input[type=file]")) return;
    const [file] = event.target.files;
    if (!file) return;
    const name = form().querySelector("[data-name]");
    name.textContent = file.name;
    name.hidden = false;
    if (file.size > Number(form().dataset.most)) { refuse(form().dataset.tooLarge); return; }
    form().requestSubmit();
  });
  for (const kind of ["dragenter", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.matches("[data-upload] input")) event.target.closest(".drop").classList.toggle("is-over", kind === "dragenter");
    });
  }
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target === form()) showSending(true); });
  document.addEventListener("htmx:afterRequest", (event) => { if (form() && event.detail.failed) showSending(false); });
  document.addEventListener("htmx:xhr:progress", (event) => {
    if (!event.detail.lengthComputable || event.target !== form()) return;
    const percent = Math.round((100 * event.detail.loaded) / event.detail.total);
    form().querySelector("progress").value = percent;
    form().querySelector("[data-percent]").textContent = `${percent} %`;
  });
})();
