// The growth of contacts, drawn by uPlot. Without a script there is a still line of the same numbers.
"use strict";

(() => {
  const place = document.querySelector("[data-growth]");
  if (!place || !window.uPlot) return;
  const points = JSON.parse(place.dataset.growth);
  if (points.length < 2) return;
  const language = document.documentElement.lang || undefined;
  const colour = (name) => getComputedStyle(place.querySelector(`[data-colour="${name}"]`)).color;
  const whole = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { notation: "compact" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const told = (_, value) => (value === null || value === undefined ? "–" : whole.format(value));
  let drawn = null;

  function draw() {
    if (drawn) drawn.destroy();
    const axis = { stroke: colour("text"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const line = (name, label) => ({ label, value: told, stroke: colour(name), width: 2, points: { show: false } });
    drawn = new window.uPlot({
      width: place.clientWidth, height: 240, padding: [8, 8, 0, 0], cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      scales: { y: { range: (_, low, high) => [0, Math.max(Math.ceil(high * 1.08), 1)] } },
      axes: [
        { ...axis, space: 80, values: (_, values) => values.map((at) => day.format(at * 1000)) },
        { ...axis, size: 56, values: (_, values) => values.map((value) => (Number.isInteger(value) ? short.format(value) : "")) },
      ],
      series: [
        { label: " ", value: (_, at) => (at === null || at === undefined ? "" : day.format(at * 1000)) },
        { ...line("accent", place.dataset.total), fill: colour("soft") },
        line("good", place.dataset.subscribed),
        { label: place.dataset.created, value: told, show: true, stroke: "transparent", points: { show: false } },
      ],
    }, [points.map((each) => each.at), ...["total", "subscribed", "created"].map((name) => points.map((each) => each[name]))], place);
  }

  place.querySelector("[data-still]").hidden = true;
  draw();
  new ResizeObserver(() => { if (place.clientWidth) drawn.setSize({ width: place.clientWidth, height: 240 }); }).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
