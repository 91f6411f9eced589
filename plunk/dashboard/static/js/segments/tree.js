// A rule as a tree of groups and filters, as people think of it, and as the JSON that is saved.
//
//   group:  { id, kind: "group", logic: "AND" | "OR", not, parts: [group | filter] }
//   filter: { id, kind: "filter", raw: {field, operator, value, …}, where: [filter] }
//
// In the JSON a group's filters are always joined by AND, and only conditions are joined by OR; here any group holds
// anything. Both say the same: what is loaded and saved again means what it meant.
"use strict";

window.plunkTree = (() => {
  let last = 0;
  const newId = () => `n${(last += 1)}`;

  const group = (logic = "AND", parts = [], not = false) => ({ id: newId(), kind: "group", logic, not, parts });

  function filter(raw = {}) {
    const { where, ...rest } = raw;
    const inner = Array.isArray(where) ? where.filter(isObject).map((each) => filter(each)) : [];
    return { id: newId(), kind: "filter", raw: rest, where: inner };
  }

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  // --- from JSON -------------------------------------------------------------------------------------------------

  // The tree of a condition, or null if it has not the shape of one: then only its text can be edited.
  function fromJson(condition) {
    if (!isObject(condition) || !Array.isArray(condition.groups) || !condition.groups.every(isObject)) return null;
    const made = group(condition.logic === "OR" ? "OR" : "AND");
    for (const each of condition.groups) {
      const parts = partsOf(each);
      if (parts === null) return null;
      if (each.not === true) made.parts.push(negated(parts));
      else if (made.logic === "AND" || parts.length === 1) made.parts.push(...parts);
      else made.parts.push(group("AND", parts));
    }
    const only = made.parts[0];
    return made.parts.length === 1 && only.kind === "group" ? only : made;
  }

  function partsOf(each) {
    const filters = each.filters === undefined || each.filters === null ? [] : each.filters;
    if (!Array.isArray(filters) || !filters.every(isObject)) return null;
    const parts = filters.map((raw) => filter(raw));
    if (each.conditions === undefined || each.conditions === null) return parts;
    const nested = fromJson(each.conditions);
    return nested && [...parts, nested];
  }

  function negated(parts) {
    const only = parts[0];
    if (parts.length === 1 && only.kind === "group" && !only.not) { only.not = true; return only; }
    return group(parts.length === 1 ? "OR" : "AND", parts, true); // of one, "none of these" reads better
  }

  // --- to JSON ---------------------------------------------------------------------------------------------------

  // { condition, places }: places are [path, id], by which a problem's path leads to its row.
  function toJson(root) {
    const places = [];
    const condition = root.not
      ? { logic: "AND", groups: [nestedGroup(root, "condition.groups[0]", places)] }
      : toCondition(root, "condition", places);
    return { condition, places };
  }

  function toCondition(node, path, places) {
    places.push([path, node.id]);
    const groups = [];
    let open = null;
    for (const part of node.parts) {
      if (part.kind === "group") {
        groups.push(nestedGroup(part, `${path}.groups[${groups.length}]`, places));
        open = null;
        continue;
      }
      if (open === null || node.logic === "OR") groups.push((open = { filters: [] }));
      const at = `${path}.groups[${groups.length - 1}].filters[${open.filters.length}]`;
      open.filters.push(toFilter(part, at, places));
    }
    return { logic: node.logic, groups };
  }

  // Filters and one group behind them, all joined by AND, are what a group can say itself: anything else would nest
  // deeper with each saving than it was written.
  function nestedGroup(part, path, places) {
    places.push([path, part.id]);
    const negation = part.not ? { not: true } : {};
    const last = part.parts.at(-1);
    const inner = last && last.kind === "group" ? last : null;
    const before = inner ? part.parts.slice(0, -1) : part.parts;
    const isAnd = part.logic === "AND" || part.parts.length === 1;
    if (!isAnd || (inner && inner.not) || before.some((each) => each.kind === "group")) {
      return { ...negation, filters: [], conditions: toCondition(part, `${path}.conditions`, places) };
    }
    const filters = before.map((each, index) => toFilter(each, `${path}.filters[${index}]`, places));
    return { ...negation, filters, ...(inner ? { conditions: toCondition(inner, `${path}.conditions`, places) } : {}) };
  }

  function toFilter(part, path, places) {
    places.push([path, part.id]);
    const raw = Object.fromEntries(Object.entries(part.raw).filter(([, value]) => value !== undefined && value !== null));
    if (part.where.length) raw.where = part.where.map((each, index) => toFilter(each, `${path}.where[${index}]`, places));
    return raw;
  }

  // The id of the row that a problem belongs to: the one with the longest path that leads to it.
  function placeOf(path, places) {
    let best = ["", null];
    for (const [at, id] of places) {
      if ((path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`)) && at.length > best[0].length) best = [at, id];
    }
    return best[1];
  }

  // --- rows to draw ----------------------------------------------------------------------------------------------

  // The tree line by line: { id, kind: "group" | "filter" | "where" | "end", node, parent, depth, number, joined }.
  function rowsOf(root) {
    const rows = [];
    addRows(root, null, 0, rows, "", false);
    return rows;
  }

  function addRows(node, parent, depth, rows, number, joined) {
    rows.push({ id: node.id, kind: "group", node, parent, depth, number, joined });
    node.parts.forEach((part, index) => {
      const own = number ? `${number}.${index + 1}` : `${index + 1}`;
      if (part.kind === "group") { addRows(part, node, depth + 1, rows, own, index > 0); return; }
      rows.push({ id: part.id, kind: "filter", node: part, parent: node, depth: depth + 1, number: own, joined: index > 0 });
      part.where.forEach((each, at) => {
        rows.push({ id: each.id, kind: "where", node: each, parent: part, depth: depth + 2, number: `${own}.${at + 1}`, joined: at > 0 });
      });
    });
    rows.push({ id: `${node.id}-end`, kind: "end", node, parent, depth: depth + 1, number });
  }

  const siblings = (row) => (row.kind === "where" ? row.parent.where : row.parent.parts);

  // Takes a row out; groups that are left empty go with it, but not the outermost.
  function remove(root, row) {
    const among = siblings(row);
    among.splice(among.indexOf(row.node), 1);
    prune(root);
  }

  function prune(node) {
    node.parts = node.parts.filter((part) => part.kind === "filter" || prune(part));
    return node.parts.length > 0;
  }

  const filters = (node) => node.parts.flatMap((part) => (part.kind === "group" ? filters(part) : [part, ...part.where]));

  return { group, filter, fromJson, toJson, placeOf, rowsOf, siblings, remove, filters };
})();
