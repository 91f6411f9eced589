// What the vocabulary says of a filter: which operators suit its field, which control its value needs.
"use strict";

window.plunkWords = (() => {
  const exact = window.plunkExact;
  const BUILT_IN = ["email", "subscribed", "createdAt", "updatedAt"];
  const PREFIXES = { "data.": "data", "event.": "event", "email.": "email_activity", "segment.": "segment" };
  const DATE = /^\d{4}-\d{2}-\d{2}$/;
  const MOST_OFFERED = 60;

  // The vocabulary as it came, with its fields by name.
  function read(vocabulary) {
    return { ...vocabulary, byName: new Map(vocabulary.fields.map((field) => [field.field, field])), byKey: new Map(vocabulary.operators.map((each) => [each.operator, each])) };
  }

  // The field of that name: from the catalogue, or by its prefix where nobody has it yet; null for no field at all.
  function fieldOf(vocabulary, name) {
    if (!name) return null;
    const known = vocabulary.byName.get(name);
    if (known) return known;
    const prefix = Object.keys(PREFIXES).find((each) => name.startsWith(each));
    if (!prefix || BUILT_IN.includes(name)) return null;
    return { field: name, label: name.slice(prefix.length), kind: PREFIXES[prefix], type: "" };
  }

  // Fields to offer for what was typed, in the order of the catalogue; then the text itself as a name.
  function offered(vocabulary, text, words) {
    const wanted = text.trim().toLowerCase();
    const found = vocabulary.fields.filter((each) => each.label.toLowerCase().includes(wanted) || each.field.toLowerCase().includes(wanted));
    const entries = found.slice(0, MOST_OFFERED).map((each) => ({
      value: each.field, label: each.label, hint: each.kind === "data" ? typeWord(vocabulary, each.type) : "",
      kind: BUILT_IN.includes(each.field) ? words.contact : vocabulary.labels.kinds[each.kind],
    }));
    return wanted && !known(vocabulary, text) ? [...entries, ...unseen(text.trim(), words)] : entries;
  }

  // What people call a type; a plain text is "string" in the catalogue.
  const typeWord = (vocabulary, type) => vocabulary.types[type === "text" ? "string" : type] || type;

  // A name that nobody has used yet, as what it may become; a full name such as data.plan says itself what it is.
  function unseen(name, words) {
    const kinds = [["data.", words.newField], ["event.", words.newEvent]];
    const own = kinds.filter(([prefix]) => name.startsWith(prefix) && name !== prefix);
    return (own.length ? own : kinds).map(([prefix, hint]) => {
      const label = own.length ? name.slice(prefix.length) : name;
      return { value: prefix + label, label, hint, kind: words.other };
    });
  }

  // The field of the catalogue that has this name to the letter, else in other capitals; undefined for none.
  function known(vocabulary, text) {
    const wanted = text.trim(), low = wanted.toLowerCase();
    const names = (field) => [field.label, field.field];
    return vocabulary.fields.find((field) => names(field).includes(wanted))
      || vocabulary.fields.find((field) => names(field).some((name) => name.toLowerCase() === low));
  }

  // { usual, others } operators for a field; the one that is chosen is always among them.
  function operatorsFor(vocabulary, field, chosen) {
    const isDate = field && field.type === "date";
    const suiting = vocabulary.operators.filter((each) => field && each.kinds.includes(field.kind))
      .map((each) => (isDate ? { ...each, label: each.dateLabel } : each));
    const isUsual = (each) => field.kind !== "data" || !field.type || each.dataTypes.includes(field.type);
    const usual = suiting.filter(isUsual), others = suiting.filter((each) => !isUsual(each));
    if (chosen && !suiting.some((each) => each.operator === chosen)) {
      others.push(vocabulary.byKey.get(chosen) || { operator: chosen, label: chosen });
    }
    return { usual, others };
  }

  // { control, type, types }: the control; the type of one value, and among which types it may be chosen.
  function controlFor(vocabulary, operatorKey, field, value, as) {
    const operator = vocabulary.byKey.get(operatorKey);
    if (!operator || !field) return { control: "none", type: "text", types: [] };
    if (operator.input === "none" || operator.input === "count") return { control: operator.input, type: "number", types: [] };
    const described = (operator.value.byKind || {})[field.kind] || operator.value;
    const whole = described.type, each = described.items || whole;
    const control = ["list", "range", "duration"].includes(whole) ? whole : "one";
    const types = { scalar: ["text", "number", "date", "boolean"], ordered: ["number", "date", "text"] }[each] || [];
    const type = typeOf(each, types, field, value, as);
    return { control: each === "any" && control === "one" ? "json" : control, type, types };
  }

  function typeOf(each, types, field, value, as) {
    if (!types.length) return { integer: "number", number: "number", date: "date", boolean: "boolean" }[each] || "text";
    if (types.includes(as)) return as;
    const sample = Array.isArray(value) ? value[0] : value;
    if (exact.isNumber(sample)) return "number";
    if (typeof sample === "boolean" && types.includes("boolean")) return "boolean";
    if (typeof sample === "string") return DATE.test(sample) ? "date" : "text";
    const byField = { number: "number", date: "date", boolean: "boolean" }[field.type];
    return types.includes(byField) ? byField : "text";
  }

  // What somebody typed as the JSON value it stands for; undefined for nothing yet.
  function valueOf(text, type) {
    if (text === "") return undefined;
    if (type === "number") { const found = exact.number(text); return found === undefined ? text : found; }
    if (type === "boolean") return { true: true, false: false, yes: true, no: false }[text.toLowerCase()];
    return text;
  }

  // Whether a control for that type can show the value.
  function suits(value, type) {
    if (type === "number") return exact.isNumber(value);
    if (type === "boolean") return typeof value === "boolean";
    return typeof value === "string" && (type !== "date" || /^\d{4}-\d{2}-\d{2}(T|$)/.test(value));
  }

  // A text of ours with its {names} filled in. A function, for a value may hold what replace() takes for a pattern.
  const fill = (text, values) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, () => value), text);

  return { read, typeWord, fieldOf, known, offered, operatorsFor, controlFor, valueOf, suits, textOf: exact.textOf, fill };
})();
