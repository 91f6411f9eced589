// A text field with suggestions, by the combobox pattern of WAI-ARIA: arrows move, Enter takes, Escape closes.
//
//   plunkPicker(input, { source, choose, label, delay })
//     source(text) answers a list, or a promise of one, of { value, label, hint, kind }; hint is shown beside the label
//     choose(entry) is called with what was taken; the field keeps its text unless choose changes it
//     it answers { close, markFirst }: markFirst marks the first suggestion, so that the next Enter takes it
//
// Fields with [data-pick="url"] ask that address for { values } and need no further code: what is taken fills the field,
// or goes into the text area whose id is [data-pick-into]; with [data-pick-send] the form is sent.
"use strict";

(() => {
  let count = 0;

  window.plunkPicker = function plunkPicker(input, { source, choose, label, delay = 0 }) {
    const list = document.createElement("ul");
    list.id = `pick-${(count += 1)}`;
    list.className = "pick-list";
    list.hidden = true;
    list.tabIndex = -1; // a list that scrolls would else be a stop for Tab, and closes as soon as the focus leaves the field
    list.setAttribute("role", "listbox");
    list.addEventListener("mousedown", (event) => event.preventDefault());
    input.after(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })) input.setAttribute(name, value);

    let entries = [], active = -1, asked = 0, timer = null;

    function close() {
      clearTimeout(timer);
      asked += 1;
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      active = index;
      [...list.querySelectorAll("[role=option]")].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
      const option = list.querySelectorAll("[role=option]")[index];
      if (!option) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }

    function draw() {
      list.replaceChildren();
      let kind = null;
      entries.forEach((entry, index) => {
        if (entry.kind && entry.kind !== kind) {
          kind = entry.kind;
          const head = document.createElement("li");
          head.className = "pick-kind";
          head.setAttribute("role", "presentation");
          head.textContent = kind;
          list.append(head);
        }
        const option = document.createElement("li");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const label = document.createElement("span");
        label.dir = "auto";
        label.textContent = entry.label;
        option.append(label);
        if (entry.hint) {
          const hint = document.createElement("span");
          hint.className = "faint";
          hint.textContent = entry.hint;
          option.append(hint);
        }
        option.addEventListener("mousedown", () => take(index));
        list.append(option);
      });
      list.setAttribute("aria-label", label);
      list.hidden = !entries.length;
      if (!list.hidden) list.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-expanded", String(!list.hidden));
      active = -1;
      input.removeAttribute("aria-activedescendant");
    }

    function take(index) {
      const entry = entries[index];
      close();
      if (entry) choose(entry);
    }

    // What is known here is shown at once, so that Enter never takes what stood there a moment before.
    function ask() {
      clearTimeout(timer);
      const mine = (asked += 1);
      const show = (found) => {
        if (mine !== asked || document.activeElement !== input) return;
        entries = found;
        draw();
      };
      if (!delay) { show(source(input.value)); return; }
      timer = setTimeout(async () => show(await source(input.value)), delay);
    }

    input.addEventListener("input", ask);
    input.addEventListener("focus", () => { input.select(); ask(); });
    input.addEventListener("click", () => { if (list.hidden) ask(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) { ask(); return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((active + step + entries.length + (active < 0 && step < 0 ? 1 : 0)) % entries.length);
      } else if (event.key === "Enter" && !list.hidden && active >= 0) {
        event.preventDefault();
        event.stopImmediatePropagation();
        take(active);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    function markFirst() {
      if (list.hidden) ask();
      if (entries.length) mark(0);
    }

    return { close, markFirst };
  };

  async function suggestions(url, text) {
    if (!text.trim()) return [];
    const asked = new URL(url, location.href);
    asked.searchParams.set("search", text.trim());
    const response = await fetch(asked, { credentials: "same-origin" }).catch(() => null);
    if (!response || !response.ok || response.redirected) return [];
    const { values } = await response.json();
    return values.map((value) => ({ value, label: value }));
  }

  document.querySelectorAll("input[data-pick]").forEach((input) => {
    const area = document.getElementById(input.dataset.pickInto);
    const put = (value) => {
      if (!area) { input.value = value; return; }
      area.value = [area.value.trimEnd(), value].filter(Boolean).join("\n") + "\n";
      input.value = "";
    };
    window.plunkPicker(input, {
      label: input.dataset.pickLabel,
      delay: 200,
      source: (text) => suggestions(input.dataset.pick, text),
      choose: ({ value }) => {
        put(value);
        if ("pickSend" in input.dataset) input.form.requestSubmit();
      },
    });
    if (area) input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (input.value.trim()) put(input.value.trim());
    });
  });
})();
