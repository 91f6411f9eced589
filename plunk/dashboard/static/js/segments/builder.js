// The rule builder: an Alpine component over the tree of tree.js. The text area with the JSON is what the form sends; the
// builder reads it once, and writes it after each change.
"use strict";

document.addEventListener("alpine:init", () => {
  const tree = window.plunkTree, words = window.plunkWords;
  const texts = (element) => JSON.parse(element.dataset.words);
  const fill = (text, values) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
  const listWords = /[\n\t,;]+/;

  window.Alpine.data("ruleBuilder", () => ({
    isReady: false, hasFailed: false, rows: [], problems: {}, otherProblems: [], jsonProblem: "",
    isCounting: false, isDim: true, sentence: "", status: "", count: "–", reachable: "–", sample: [], enter: null, leave: null,

    // --- beginning -----------------------------------------------------------------------------------------------

    async init() {
      this.host = this.$root;
      const { dataset } = this.host;
      this.words = texts(this.host);
      this.isEditing = "editing" in dataset;
      this.wasRefused = "refused" in dataset;
      this.number = new Intl.NumberFormat(document.documentElement.lang || undefined);
      this.area = document.getElementById(dataset.area);
      this.area.closest("details").open = false;
      this.area.addEventListener("input", () => this.typed());
      this.ask = window.plunkAsker({ sentenceUrl: dataset.sentenceUrl, countUrl: dataset.countUrl });
      const response = await fetch(dataset.vocabularyUrl, { credentials: "same-origin" }).catch(() => null);
      if (!response || !response.ok || response.redirected) { this.hasFailed = true; this.area.closest("details").open = true; return; }
      this.vocabulary = words.read(await response.json());
      if (!this.load(this.area.value)) this.start(tree.group("AND", [tree.filter()]));
      this.isReady = true;
      this.askAgain();
    },

    start(root) {
      this.root = root;
      tree.filters(root).forEach((each) => this.dress(each));
      this.draw();
    },

    // Reads JSON text into the tree; false if it has not the shape of a rule.
    load(text) {
      let found = null;
      try { found = tree.fromJson(JSON.parse(text)); } catch { return false; }
      if (!found) return false;
      this.start(found);
      return true;
    },

    // --- drawing -------------------------------------------------------------------------------------------------

    draw() { this.rows = tree.rowsOf(this.root); },

    // What the row of a filter shows beside its values, worked out once after each change of field or operator.
    dress(node) {
      const inner = node.raw.property !== undefined || node.isInner;
      const field = inner ? { field: "", label: node.raw.property || "", kind: "data", type: "" } : words.fieldOf(this.vocabulary, node.raw.field);
      const { usual, others } = words.operatorsFor(this.vocabulary, field, node.raw.operator);
      const { control, type, types } = words.controlFor(this.vocabulary, node.raw.operator, field, node.raw.value, node.as);
      const shown = inner ? node.raw.property || "" : field ? field.label : node.raw.field || "";
      node.ui = {
        shown, usual, others, control, type, types, draft: "", hasField: Boolean(field), isInner: inner,
        kind: field && ["event", "email_activity", "segment"].includes(field.kind) ? this.vocabulary.labels.kinds[field.kind] : "",
        inputType: type === "number" ? "number" : type === "date" && !String(node.raw.value || "").includes("T") ? "date" : "text",
      };
    },

    isGroup(row) { return row.kind === "group"; },
    isFilter(row) { return row.kind === "filter" || row.kind === "where"; },
    isEnd(row) { return row.kind === "end"; },
    isOutermost(row) { return row.parent === null; },
    isOne(row) { return row.node.ui.control === "one" && row.node.ui.type !== "boolean"; },
    isTruth(row) { return row.node.ui.control === "one" && row.node.ui.type === "boolean"; },
    has(row, control) { return row.node.ui.control === control; },
    logicOf(row) { return (row.node.not ? "!" : "") + row.node.logic; },
    label(row, what) { return fill(this.words[what], { number: row.number || "1" }); },
    typeWord(type) { return this.words.types[type]; },
    depth(row) { return `rule-row rule-${row.kind} depth-${Math.min(row.depth, 10)}`; },
    joiner(row) { return row.joined ? this.words.joins[row.parent.logic] : ""; },
    text(value) { return words.textOf(value); },
    low(row) { return words.textOf((row.node.raw.value || [])[0]); },
    high(row) { return words.textOf((row.node.raw.value || [])[1]); },
    chips(row) { return Array.isArray(row.node.raw.value) ? row.node.raw.value.map((value, at) => ({ key: `${at}:${value}`, at, text: String(value) })) : []; },
    removeChipLabel(chip) { return fill(this.words.removeValue, { value: chip.text }); },
    unitOf(row) { return row.node.raw.unit || "days"; },
    comparisonOf(row) { return row.node.raw.comparison || "atLeast"; },
    windowMode(row) { return row.node.raw.window === undefined ? "ever" : "window"; },
    unitWord(unit) { return this.vocabulary.labels.units[unit] || unit; },
    comparisonWord(each) { return this.vocabulary.labels.comparisons[each] || each; },
    get units() { return this.vocabulary ? this.vocabulary.units : []; },
    get comparisons() { return this.vocabulary ? this.vocabulary.comparisons : []; },
    get isFull() { return this.vocabulary && this.root ? tree.filters(this.root).length >= this.vocabulary.limits.filters : false; },
    isTooDeep(row) { return row.depth + 1 > this.vocabulary.limits.nesting - 1; },
    problemsOf(row) { return this.problems[row.node.id] || []; },
    hasProblem(row) { return !this.isEnd(row) && this.problemsOf(row).length > 0; },
    isOpen(row) { return !this.wasRefused && !this.isGroup(row) && this.isUnfilled(row.node); },
    problemClass(row) { return this.isOpen(row) ? "rule-open" : "rule-problem"; },
    isUnfilled(node) {
      const { raw, ui } = node;
      if (!ui.hasField || !raw.operator || (ui.isInner && !raw.property)) return true;
      return ui.control !== "none" && (raw.value === undefined || raw.value === "" || (Array.isArray(raw.value) && (!raw.value.length || (ui.control === "range" && raw.value.some((each) => each === null)))));
    },

    // --- changing ------------------------------------------------------------------------------------------------

    setLogic(row, event) {
      row.node.not = event.target.value.startsWith("!");
      row.node.logic = event.target.value.replace("!", "");
      this.draw();
      this.changed();
    },

    addFilter(node, after) {
      if (this.isFull) return;
      const made = tree.filter();
      this.dress(made);
      node.parts.splice(after === undefined ? node.parts.length : after + 1, 0, made);
      this.draw();
      this.changed();
      this.focus(made.id);
    },

    addGroup(node) {
      if (this.isFull) return;
      const inner = tree.filter();
      this.dress(inner);
      node.parts.push(tree.group(node.logic === "AND" ? "OR" : "AND", [inner]));
      this.draw();
      this.changed();
      this.focus(inner.id);
    },

    addWhere(row) {
      const made = tree.filter({ operator: "equals" });
      made.isInner = true;
      this.dress(made);
      row.node.where.push(made);
      this.draw();
      this.changed();
      this.focus(made.id);
    },

    // The focus stays near: on the row before, else on the button that adds one.
    remove(row) {
      const at = this.rows.findIndex((each) => each.id === row.id);
      const before = this.rows.slice(0, at).reverse().find((each) => this.isFilter(each));
      const after = this.rows.slice(at + 1).find((each) => this.isFilter(each) && each.node !== row.node && each.parent !== row.node);
      tree.remove(this.root, row);
      this.draw();
      this.changed();
      this.focus(before ? before.id : after ? after.id : `${this.root.id}-end`);
    },

    focus(id) {
      this.$nextTick(() => {
        const row = this.host.querySelector(`[data-row="${id}"]`);
        const target = row && row.querySelector("input, select, button");
        if (target) target.focus();
      });
    },

    chooseField(node, name) {
      const before = node.ui.control;
      node.raw.field = name;
      const field = words.fieldOf(this.vocabulary, name);
      const { usual, others } = words.operatorsFor(this.vocabulary, field);
      if (![...usual, ...others].some((each) => each.operator === node.raw.operator)) this.clear(node, usual.concat(others)[0]);
      delete node.as;
      node.raw.value = undefined;
      this.dress(node);
      this.begin(node);
      if (before !== node.ui.control) node.where = [];
      this.draw();
      this.changed();
    },

    clear(node, operator) { node.raw = { ...(node.ui.isInner ? { property: node.raw.property } : { field: node.raw.field }), operator: operator && operator.operator }; },

    setOperator(row, event) {
      const { node } = row, before = node.ui.control, value = node.raw.value, { unit } = node.raw;
      this.clear(node, { operator: event.target.value });
      node.raw.value = value;
      this.dress(node);
      if (node.ui.control !== before) { node.raw.value = undefined; node.where = []; this.dress(node); }
      if (node.ui.control === "duration" && unit) node.raw.unit = unit;
      this.begin(node);
      this.draw();
      this.changed();
    },

    // What a control shows at first is what it says.
    begin(node) {
      const { raw, ui } = node;
      if (ui.control === "duration") { raw.value = raw.value === undefined ? 30 : raw.value; raw.unit = raw.unit || "days"; }
      if (ui.control === "count") { raw.value = raw.value === undefined ? 1 : raw.value; raw.comparison = raw.comparison || "atLeast"; }
      if (ui.control === "one" && ui.type === "boolean" && raw.value === undefined) raw.value = true;
      if (ui.control === "list" && !Array.isArray(raw.value)) raw.value = raw.value === undefined ? [] : [raw.value];
    },

    setType(row, event) {
      const { node } = row;
      node.as = event.target.value;
      const again = (value) => words.valueOf(words.textOf(value), node.as);
      node.raw.value = Array.isArray(node.raw.value) ? node.raw.value.map(again) : again(node.raw.value);
      this.dress(node);
      this.begin(node);
      this.changed();
    },

    setProperty(row, event) { row.node.raw.property = event.target.value || undefined; this.changed(); },
    setValue(row, event) { row.node.raw.value = words.valueOf(event.target.value, row.node.ui.type); this.changed(); },
    setNumber(row, name, event) { row.node.raw[name] = words.valueOf(event.target.value, "number"); this.changed(); },
    setMember(row, name, event) { row.node.raw[name] = event.target.value; this.changed(); },
    setJson(row, event) {
      try { row.node.raw.value = JSON.parse(event.target.value); } catch { row.node.raw.value = event.target.value || undefined; }
      this.changed();
    },

    setEdge(row, at, event) {
      const value = Array.isArray(row.node.raw.value) ? [...row.node.raw.value] : [null, null];
      const typed = words.valueOf(event.target.value, row.node.ui.type);
      value[at] = typed === undefined ? null : typed;
      row.node.raw.value = value;
      this.changed();
    },

    setWindow(row, event) {
      const isWindow = event.target.value === "window";
      row.node.raw.window = isWindow ? 30 : undefined;
      row.node.raw.unit = isWindow ? "days" : undefined;
      this.changed();
    },

    // --- lists as chips ------------------------------------------------------------------------------------------

    addChips(row, texts) {
      const { node } = row;
      const typed = texts.map((each) => words.valueOf(each, node.ui.type));
      const value = Array.isArray(node.raw.value) ? node.raw.value : [];
      node.raw.value = [...value, ...typed.filter((each, at) => !value.includes(each) && typed.indexOf(each) === at)];
      node.ui.draft = "";
      if (typed.length) this.changed();
    },

    addTyped(row, text) { this.addChips(row, text.split(listWords).map((each) => each.trim()).filter(Boolean)); },

    draftChip(row, event) {
      row.node.ui.draft = event.target.value;
      if (listWords.test(event.target.value)) { this.addTyped(row, event.target.value); event.target.value = ""; }
    },

    keepDraft(row, event) { if (event.target.value.trim()) { this.addTyped(row, event.target.value); event.target.value = ""; } },

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
      window.plunkPicker(element, {
        label: this.words.suggestions,
        source: (text) => words.offered(this.vocabulary, text === node.ui.shown ? "" : text, this.words),
        choose: (entry) => {
          this.chooseField(node, entry.value);
          element.value = node.ui.shown;
          const operator = element.closest("[data-row]").querySelector(".rule-operator");
          this.$nextTick(() => operator.focus());
        },
      });
      element.addEventListener("blur", () => this.leaveField(element, node));
    },

    // Somebody who typed a name to its end and went on meant that field.
    leaveField(element, node) {
      const typed = element.value.trim();
      if (typed === node.ui.shown) return;
      const [best] = words.offered(this.vocabulary, typed, this.words).filter((each) => [each.label, each.value].some((name) => name.toLowerCase() === typed.toLowerCase()));
      if (typed && best) this.chooseField(node, best.value);
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
      const { values } = await response.json();
      const scalar = values.filter((value) => value !== null && typeof value !== "object");
      return scalar.map((value) => ({ value, label: String(value) }));
    },

    // --- JSON and answers ----------------------------------------------------------------------------------------

    changed() {
      const { condition, places } = tree.toJson(this.root);
      this.places = places;
      this.jsonProblem = "";
      this.area.value = JSON.stringify(condition, null, 2);
      this.askAgain();
    },

    // Somebody writes or pastes JSON: rows follow as soon as it has the shape of a rule.
    typed() {
      let problem = "";
      try { JSON.parse(this.area.value); } catch (fault) { problem = fault.message; }
      this.jsonProblem = problem && this.area.value.trim() ? fill(this.words.noJson, { problem }) : "";
      if (this.load(this.area.value)) this.wasRefused = true;
      this.askAgain();
    },

    askAgain() {
      if (this.root) this.places = tree.toJson(this.root).places;
      this.isCounting = true;
      this.isDim = true;
      this.status = this.words.counting;
      this.ask(this.area.value, { told: (said) => this.told(said), counted: (found) => this.counted(found), failed: () => this.failed() });
    },

    told(said) {
      this.problems = {};
      this.otherProblems = [];
      for (const { path, message } of said.problems || []) {
        const id = tree.placeOf(path, this.places || []);
        if (id === null) this.otherProblems.push(path === "condition" ? message : `${path.replace("condition.", "")}: ${message}`);
        else this.problems[id] = [...(this.problems[id] || []), this.inWords(id, path, message)];
      }
      if (said.sentence !== undefined) { this.sentence = said.sentence; return; }
      this.isCounting = false;
      this.status = said.broken || this.words.incomplete;
    },

    // A row that waits for somebody to fill it in says so in plain words; anything else as the server says it.
    inWords(id, path, message) {
      const row = this.rows.find((each) => each.node.id === id);
      if (!row || !this.isFilter(row)) return message;
      if (/\.(field|property)$/.test(path) && !row.node.ui.shown) return this.words.needsField;
      if (/\.operator$/.test(path) && !row.node.raw.operator) return row.node.ui.shown ? message : this.words.needsField;
      if (/\.value(\[\d\])?$/.test(path) && this.isUnfilled(row.node)) return this.words.needsValue;
      return message;
    },

    uniqueProblems(row) { return [...new Set(this.problemsOf(row))]; },

    counted(found) {
      this.isCounting = false;
      if (found.count === undefined) { this.told(found); return; }
      this.isDim = false;
      this.count = this.number.format(found.count);
      this.reachable = this.number.format(found.reachable);
      this.sample = found.sample;
      this.enter = found.enter === undefined ? null : this.number.format(found.enter);
      this.leave = found.leave === undefined ? null : this.number.format(found.leave);
      this.status = fill(found.count === 1 ? this.words.countedOne : this.words.counted, { count: this.count, reachable: this.reachable });
    },

    failed() { this.isCounting = false; this.status = this.words.failed; },

    copyJson(event) {
      const button = event.currentTarget.querySelector("span"), before = button.textContent;
      const done = () => { button.textContent = this.words.copied; setTimeout(() => { button.textContent = before; }, 1500); };
      if (!navigator.clipboard) { this.area.select(); return; }
      navigator.clipboard.writeText(this.area.value).then(done, () => this.area.select());
    },
  }));
});
