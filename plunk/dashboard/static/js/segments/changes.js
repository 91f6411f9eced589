// What clicks and choices in the rule builder change: members of its component, which builder.js puts together.
"use strict";

window.plunkChanges = (() => {
  const tree = window.plunkTree, words = window.plunkWords;

  return {
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
      const isByButton = document.activeElement.matches("button"); // a field would open its list under somebody's mouse
      tree.remove(this.root, row);
      this.draw();
      this.changed();
      const near = before ? before.id : after ? after.id : `${this.root.id}-end`;
      this.focus(near, isByButton ? "button.rule-remove, button" : undefined);
    },

    focus(id, wanted = "input, select, button") {
      this.$nextTick(() => {
        const row = this.host.querySelector(`[data-row="${id}"]`);
        const target = row && row.querySelector(wanted);
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
      if (node.ui.control !== before) { node.raw.value = this.carried(value, before, node.ui.control); node.where = []; this.dress(node); }
      if (node.ui.control === "one") node.raw.value = this.kept(node.raw.value, node.ui.type);
      if (node.ui.control === "duration" && unit) node.raw.unit = unit;
      this.begin(node);
      this.draw();
      this.changed();
    },

    // What the control could not show must not be in the rule either.
    kept(value, type) { return words.suits(value, type) ? value : undefined; },

    // One value and a list of values are asked for differently, and mean the same.
    carried(value, before, control) {
      if (before === "one" && control === "list") return value === undefined ? [] : [value];
      return before === "list" && control === "one" && Array.isArray(value) ? value[0] : undefined;
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
      const again = (value) => this.kept(words.valueOf(words.textOf(value), node.as), node.as);
      const several = (values) => (node.ui.control === "range" ? values.map((each) => again(each) ?? null) : values.map(again).filter((each) => each !== undefined));
      node.raw.value = Array.isArray(node.raw.value) ? several(node.raw.value) : again(node.raw.value);
      this.dress(node);
      this.begin(node);
      this.changed();
    },

    setProperty(row, event) { row.node.raw.property = event.target.value || undefined; this.changed(); },
    setValue(row, event) { row.node.raw.value = words.valueOf(event.target.value, row.node.ui.type); this.changed(); },
    setNumber(row, name, event) { row.node.raw[name] = words.valueOf(event.target.value, "number"); this.changed(); },
    setMember(row, name, event) { row.node.raw[name] = event.target.value; this.changed(); },
    setJson(row, event) {
      try { row.node.raw.value = window.plunkExact.parse(event.target.value); } catch { row.node.raw.value = event.target.value || undefined; }
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
  };
})();
