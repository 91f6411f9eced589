// Asks the server about a rule while it is being built: at most one question under way, an older one is dropped.
"use strict";

window.plunkAsker = function plunkAsker({ sentenceUrl, countUrl, delay = 400 }) {
  let timer = null, underWay = null;

  async function post(url, condition, signal) {
    const body = new URLSearchParams({ condition });
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const response = await fetch(url, { method: "POST", body, signal, credentials: "same-origin", headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" } });
    if (response.redirected) throw new Error("signedOut");
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  // Calls told({sentence} | {problems} | {broken}), then counted({count, …} | …); failed("signedOut" | …) if there is no answer.
  return function ask(condition, { told, counted, failed }) {
    clearTimeout(timer);
    if (underWay) underWay.abort();
    underWay = new AbortController();
    const { signal } = underWay;
    timer = setTimeout(async () => {
      try {
        const words = await post(sentenceUrl, condition, signal);
        if (signal.aborted) return;
        told(words);
        if (words.sentence === undefined) return;
        const found = await post(countUrl, condition, signal);
        if (!signal.aborted) counted(found);
      } catch (problem) {
        if (!signal.aborted) failed(problem.message);
      }
    }, delay);
  };
};
