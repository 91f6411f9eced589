// What is typed in the rule builder: lists as chips, keys, suggestions. Members of its component, which builder.js puts
// together.
"use strict";

window.plunkTyping = (() => {
  const words = window.plunkWords, exact = window.plunkExact;
  const same = (value) => `${typeof value}:${words.textOf(value)}`;
  const listWords = /[\n\t,;]+/;

  return {
    // --- lists as chips ------------------------------------------------------------------------------------------

    // Answers what can be no value of that type: it stays in the field.
    addChips(row, texts) {
      const { node } = row, isValue = (text) => words.suits(words.valueOf(text, node.ui.type), node.ui.type);
      const typed = texts.filter(isValue).map((each) => words.valueOf(each, node.ui.type));
      const value = Array.isArray(node.raw.value) ? node.raw.value : [];
      const seen = new Set(value.map(same));
      node.raw.value = [...value, ...typed.filter((each) => !seen.has(same(each)) && seen.add(same(each)))];
      const rest = texts.filter((each) => !isValue(each)).join(" ");
      node.ui.draft = rest;
      if (typed.length) this.changed();
      return rest;
    },

    addTyped(row, text) { return this.addChips(row, text.split(listWords).map((each) => each.trim()).filter(Boolean)); },

    draftChip(row, event) {
      row.node.ui.draft = event.target.value;
      if (listWords.test(event.target.value)) event.target.value = this.addTyped(row, event.target.value);
    },

    keepDraft(row, event) { if (event.target.value.trim()) event.target.value = this.addTyped(row, event.target.value); },

    chipKey(row, event) {
      if (event.key === "Enter" && event.target.value.trim()) {
        event.preventDefault();
        event.stopPropagation();
        this.keepDraft(row, event);
      } else if (event.key === "Backspace" && event.target.value === "" && Array.isArray(row.node.raw.value)) {
        row.node.raw.value = row.node.raw.value.slice(0, -1);
        this.changed();
      }
    },

    removeChip(row, chip) {
      row.node.raw.value = row.node.raw.value.filter((_, at) => at !== chip.at);
      this.changed();
      this.$nextTick(() => {
        const input = this.host.querySelector(`[data-row="${row.id}"] .chips input`);
        if (input) input.focus();
      });
    },

    // --- keys ----------------------------------------------------------------------------------------------------

    // Enter adds a condition below, Alt and Backspace take the row out.
    rowKey(row, event) {
      if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        if (row.kind === "where") { const outer = this.rows.find((each) => each.node === row.parent); this.addWhere(outer); }
        else if (this.isFilter(row)) this.addFilter(row.parent, row.parent.parts.indexOf(row.node));
      } else if (event.key === "Backspace" && event.altKey && !this.isOutermost(row)) {
        event.preventDefault();
        this.remove(row);
      }
    },

    // --- suggestions ---------------------------------------------------------------------------------------------

    pickField(element, node) {
      const choose = (name) => {
        this.chooseField(node, name);
        element.value = node.ui.shown;
        const operator = element.closest("[data-row]").querySelector(".rule-operator");
        this.$nextTick(() => operator.focus());
      };
      const picker = window.plunkPicker(element, {
        label: this.words.suggestions,
        source: (text) => words.offered(this.vocabulary, text === node.ui.shown ? "" : text, this.words),
        choose: (entry) => choose(entry.value),
      });
      element.addEventListener("blur", () => this.leaveField(element, node));
      element.addEventListener("keydown", (event) => {
        if (event.key === "Tab") { this.leaveField(element, node); return; } // before the focus looks where it may go
        const typed = element.value.trim();
        if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !typed || typed === node.ui.shown) return;
        event.preventDefault();
        event.stopPropagation();
        const found = words.known(this.vocabulary, typed);
        if (found) { picker.close(); choose(found.field); }
        else picker.markFirst();
      });
    },

    // Somebody who typed a known name to its end and went on meant that field. Any other text goes: a field that nobody
    // has seen yet is only what somebody takes from the list, or half a word would become one.
    leaveField(element, node) {
      const typed = element.value.trim();
      const found = typed && typed !== node.ui.shown && words.known(this.vocabulary, typed);
      if (found) this.chooseField(node, found.field);
      element.value = node.ui.shown;
    },

    pickValue(element, row) {
      const { node } = row;
      if (node.ui.isInner) return;
      window.plunkPicker(element, {
        label: this.words.suggestions,
        delay: 200,
        source: (text) => (node.ui.inputType === "text" ? this.commonValues(node.raw.field, text) : []),
        choose: ({ value, label }) => {
          if (node.ui.control === "list") { this.addChips(row, [label]); element.value = ""; return; }
          element.value = label;
          node.raw.value = words.valueOf(label, node.ui.type);
          this.changed();
        },
      });
    },

    async commonValues(field, text) {
      const asked = new URL(this.host.dataset.valuesUrl, location.href);
      asked.searchParams.set("field", field);
      asked.searchParams.set("search", text.trim());
      const response = await fetch(asked, { credentials: "same-origin" }).catch(() => null);
      if (!response || !response.ok || response.redirected) return [];
      const { values } = exact.parse(await response.text());
      const scalar = values.filter((value) => exact.isNumber(value) || (value !== null && typeof value !== "object"));
      return scalar.map((value) => ({ value, label: words.textOf(value) }));
    },
  };
})();
