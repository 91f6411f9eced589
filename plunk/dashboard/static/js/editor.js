// The editor of custom data: rows come and go, the box for a value follows its type.
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) { addRow(add); return; }
    const drop = event.target.closest("[data-drop]");
    if (drop) dropRow(drop.closest("[data-datum]"));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-kind]")) follow(event.target.closest("[data-datum]"));
  });

  // Somebody who picks a known key means the type that it has elsewhere.
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-key]")) return;
    const known = [...document.querySelectorAll("#known-keys option")].find((each) => each.value === event.target.value);
    if (!known) return;
    const row = event.target.closest("[data-datum]");
    const kind = row.querySelector("[data-kind]");
    if (kind.value === known.dataset.kind || valueOf(row).value) return;
    kind.value = known.dataset.kind;
    follow(row);
  });

  function addRow(button) {
    const blank = button.parentElement.querySelector("[data-blank]");
    const row = blank.content.firstElementChild.cloneNode(true);
    button.parentElement.insertBefore(row, blank);
    row.querySelector("[data-key]").focus();
  }

  function dropRow(row) {
    const add = row.parentElement.querySelector("[data-add]");
    row.remove();
    add.focus();
  }

  function valueOf(row) {
    return row.querySelector('[name="value"]');
  }

  function follow(row) {
    const kind = row.querySelector("[data-kind]").value;
    const old = valueOf(row);
    const box = boxFor(kind, old.value, row.closest("[data-editor]").dataset);
    box.name = "value";
    box.setAttribute("aria-label", old.getAttribute("aria-label"));
    old.replaceWith(box);
    row.querySelectorAll("[data-hint]").forEach((hint) => { hint.hidden = hint.dataset.hint !== kind; });
  }

  function boxFor(kind, text, words) {
    if (kind === "boolean") return truth(text, words);
    const isLong = kind === "list" || kind === "json" || text.includes("\n");
    const box = document.createElement(isLong ? "textarea" : "input");
    if (isLong) box.rows = 3;
    box.dir = "auto";
    box.autocomplete = "off";
    if (kind === "json") { box.className = "code"; box.spellcheck = false; }
    if (kind === "number") box.inputMode = "decimal";
    if (kind === "date" && /^(\d{4}-\d\d-\d\d)?$/.test(text)) box.type = "date";
    box.value = text;
    return box;
  }

  function truth(text, words) {
    const box = document.createElement("select");
    ["true", "false"].forEach((value) => box.add(new Option(words[value], value)));
    box.value = text === "false" ? "false" : "true";
    return box;
  }
})();
