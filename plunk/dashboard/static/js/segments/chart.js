// The growth of a segment, drawn by uPlot from [data-chart]; the table beside it says the same without a script.
"use strict";

(() => {
  const charts = [...document.querySelectorAll("[data-chart]")];
  const colourOf = (element, name) => getComputedStyle(element.querySelector(`[data-colour="${name}"]`)).color;
  let drawn = [];

  function draw() {
    drawn.forEach((each) => each.destroy());
    drawn = charts.map((element) => {
      const { points, series, bars } = JSON.parse(element.dataset.chart);
      if (points.length < 2) return null;
      const shown = series.map(({ name, label }) => ({
        label, stroke: colourOf(element, name), width: 2,
        ...(bars ? { fill: colourOf(element, name), paths: window.uPlot.paths.bars({ size: [0.45, 24], align: name === series[0].name ? -1 : 1 }), points: { show: false } } : { points: { show: false } }),
      }));
      const faint = colourOf(element, "text"), line = colourOf(element, "line");
      const axis = { stroke: faint, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
      const whole = (_, values) => values.map((value) => (Number.isInteger(value) ? new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(value) : ""));
      const day = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" });
      return new window.uPlot({
        width: element.clientWidth, height: bars ? 140 : 220, padding: [8, 8, 0, 0], cursor: { y: false, drag: { x: false, y: false } },
        tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
        scales: { y: { range: (_, low, high) => [bars ? 0 : Math.max(0, Math.floor(low - (high - low) * 0.2)), Math.ceil(high + Math.max((high - low) * 0.1, 1))] } },
        axes: [{ ...axis, space: 80, values: (_, values) => values.map((at) => day.format(at * 1000)) }, { ...axis, size: 48, values: whole }],
        series: [{ value: (_, at) => (at === null || at === undefined ? "–" : day.format(at * 1000)) }, ...shown],
      }, [points.map((each) => each.at), ...series.map(({ name }) => points.map((each) => each[name]))], element);
    }).filter(Boolean);
  }

  if (!window.uPlot) return;
  draw();
  new ResizeObserver(() => drawn.forEach((each) => each.setSize({ width: each.root.parentElement.clientWidth, height: each.height }))).observe(document.querySelector("main"));
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
