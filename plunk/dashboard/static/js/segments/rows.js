// What the rows of the rule builder show: members of its component, which builder.js puts together.
"use strict";

window.plunkRows = (() => {
  const words = window.plunkWords, { fill } = words;

  return {
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
    label(row, what) { return fill(this.words[row.number ? what : `${what}All`], { number: row.number }); },
    typeWord(type) { return words.typeWord(this.vocabulary, type); },
    depth(row) { return `rule-row rule-${row.kind} depth-${Math.min(row.depth, 10)}`; },
    // The word before a row: of the conditions on one event all must hold.
    joiner(row) { return this.words.joins[!row.joined ? "first" : row.kind === "where" ? "AND" : row.parent.logic]; },
    isLone(row) { return row.node.parts.length === 1; },
    // "None of these" and "not all of these" say the same of one thing.
    offersNone(row) { return !this.isLone(row) || this.logicOf(row) !== "!AND"; },
    offersNotAll(row) { return !this.isLone(row) || this.logicOf(row) === "!AND"; },
    denial(row, what) { return this.words.denials[this.isLone(row) ? "one" : what]; },
    text(value) { return words.textOf(value); },
    low(row) { return words.textOf((row.node.raw.value || [])[0]); },
    high(row) { return words.textOf((row.node.raw.value || [])[1]); },
    chips(row) { return Array.isArray(row.node.raw.value) ? row.node.raw.value.map((value, at) => ({ key: `${at}:${words.textOf(value)}`, at, text: words.textOf(value) })) : []; },
    removeChipLabel(chip) { return fill(this.words.removeValue, { value: chip.text }); },
    unitOf(row) { return row.node.raw.unit || "days"; },
    comparisonOf(row) { return row.node.raw.comparison || "atLeast"; },
    windowMode(row) { return row.node.raw.window === undefined ? "ever" : "window"; },
    unitWord(unit) { return this.vocabulary.labels.units[unit] || unit; },
    comparisonWord(each) { return this.vocabulary.labels.comparisons[each] || each; },
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
  };
})();
