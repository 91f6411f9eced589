// JSON whose numbers stay as they were written. A script's own numbers hold 53 bits, plunk's integers 64: 9007199254740993
// would come back as another one, and with it another rule. What a script would write otherwise is kept as its text.
"use strict";

window.plunkExact = (() => {
  const canKeep = typeof JSON.rawJSON === "function";
  const isKept = (value) => canKeep && JSON.isRawJSON(value);
  const isBlurred = (value) => !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value));

  // Throws a SyntaxError for what is no JSON, and where the browser would change a number: then only the text can be edited.
  function parse(text) {
    return JSON.parse(text, (_key, value, context) => {
      if (typeof value !== "number") return value;
      if (canKeep) return String(value) === context.source ? value : JSON.rawJSON(context.source);
      if (isBlurred(value)) throw new SyntaxError(String(value));
      return value;
    });
  }

  // The number that a text means, as it is written: -0 may become -0.5, and 1e4 is not to turn into 10000 under somebody's
  // fingers. undefined if it means none.
  function number(text) {
    const value = Number(text), source = text.trim();
    if (source === "" || Number.isNaN(value)) return undefined;
    if (String(value) === source && Number.isFinite(value)) return value;
    if (!canKeep) return value;
    try { return JSON.rawJSON(source); } catch { return Number.isFinite(value) ? value : undefined; } // such as .5, which is no JSON
  }

  const isNumber = (value) => typeof value === "number" || isKept(value);
  const textOf = (value) => (value === undefined || value === null ? "" : isKept(value) ? value.rawJSON : String(value));

  return { parse, number, isNumber, textOf };
})();
