// JSON whose numbers stay as they were written. A script's own numbers hold 53 bits, plunk's integers 64: 9007199254740993
// would come back as another one, and with it another rule. Such numbers are kept as their text.
"use strict";

window.plunkExact = (() => {
  const canKeep = typeof JSON.rawJSON === "function";
  const isKept = (value) => canKeep && JSON.isRawJSON(value);
  const isBlurred = (value) => typeof value === "number" && !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value));

  // Throws a SyntaxError for what is no JSON, and where the browser would change a number: then only the text can be edited.
  function parse(text) {
    return JSON.parse(text, (_key, value, context) => {
      if (!isBlurred(value)) return value;
      if (!canKeep) throw new SyntaxError(String(value));
      return JSON.rawJSON(context.source);
    });
  }

  // The number that a text means; undefined if it means none.
  function number(text) {
    const value = Number(text);
    if (text.trim() === "" || Number.isNaN(value)) return undefined;
    if (!isBlurred(value)) return value;
    try { return canKeep ? JSON.rawJSON(text.trim()) : value; } catch { return undefined; }
  }

  const isNumber = (value) => typeof value === "number" || isKept(value);
  const textOf = (value) => (value === undefined || value === null ? "" : isKept(value) ? value.rawJSON : String(value));

  return { parse, number, isNumber, textOf };
})();
