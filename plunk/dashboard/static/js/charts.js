// Numbers by day, drawn by uPlot into each [data-chart]. Without a script there is the still line or the table beside it.
"use strict";

(() => {
  const places = [...document.querySelectorAll("[data-chart]")];
  if (!places.length || !window.uPlot) return;
  const language = document.documentElement.lang || undefined;
  const whole = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { notation: "compact" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const DAY = 86400;
  const DAYS = [1, 2, 3, 7, 14, 28, 56, 91, 182, 364].map((days) => days * DAY);
  const STEPS = [...Array(10).keys()].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros));
  let drawn = [];

  // From nought: an area says how many there are, not how many more than some.
  const range = (_, low, high) => [0, Math.max(Math.ceil(high * 1.05), 1)];

  function lineOf({ name, label, look }, { colour, bars, index }) {
    const line = { label, value: (_, value) => (value === null || value === undefined ? "–" : whole.format(value)), points: { show: false } };
    if (look === "told") return { ...line, class: "is-told", stroke: "transparent", width: 0 };
    if (bars) return { ...line, stroke: colour(look), fill: colour(look), width: 0, paths: window.uPlot.paths.bars({ size: [0.4, 14], align: index ? 1 : -1 }) };
    if (look === "soft") return { ...line, class: "is-soft", stroke: colour("text"), width: 1.5, dash: [4, 4] };
    return { ...line, stroke: colour(look), width: 2, fill: colour("under") };
  }

  function drawOne(place) {
    const { points, series, bars, days } = JSON.parse(place.dataset.chart);
    if (points.length < 2) return null;
    const colour = (name) => getComputedStyle(place.querySelector(`[data-colour="${name}"]`)).color;
    const axis = { stroke: colour("text"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const still = place.querySelector("[data-still]");
    if (still) still.hidden = true;
    // Days of which nothing is known are there all the same, empty.
    const from = (first, last) => (days ? Math.min(first, last - (days - 1) * DAY) : first) - DAY / 2;
    // While nobody points at a day, the last one is told.
    const tell = (chart) => { if (chart.cursor.idx === null || chart.cursor.idx === undefined) chart.setLegend({ idx: points.length - 1 }, false); };
    return new window.uPlot({
      width: place.clientWidth, height: bars ? 130 : 220, padding: [10, 8, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      legend: { markers: { width: 0, fill: (_, at) => colour(series[at - 1].look === "soft" ? "text" : series[at - 1].look === "told" ? "line" : series[at - 1].look) } },
      hooks: { ready: [tell], setCursor: [tell] },
      tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      scales: { x: { range: (_, first, last) => [from(first, last), last + DAY / 2] }, y: { range } },
      axes: [
        { ...axis, size: 40, gap: 12, space: 72, incrs: DAYS, grid: { show: false }, values: (_, values) => values.map((at) => day.format(at * 1000)) },
        { ...axis, size: 48, space: 36, incrs: STEPS, values: (_, values) => values.map((value) => short.format(value)) },
      ],
      series: [
        { label: "", value: (_, at) => (at === null || at === undefined ? "" : day.format(at * 1000)) },
        ...series.map((each, index) => lineOf(each, { colour, bars, index })),
      ],
    }, [points.map((each) => each.at), ...series.map(({ name }) => points.map((each) => each[name]))], place);
  }

  function draw() {
    drawn.forEach((each) => each.chart.destroy());
    drawn = places.map((place) => ({ place, chart: drawOne(place) })).filter((each) => each.chart);
  }

  function fit() {
    drawn.forEach(({ place, chart }) => { if (place.clientWidth && place.clientWidth !== chart.width) chart.setSize({ width: place.clientWidth, height: chart.height }); });
  }

  draw();
  const watch = new ResizeObserver(fit);
  places.forEach((place) => watch.observe(place));
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  ["(prefers-color-scheme: dark)", "print"].forEach((colours) => matchMedia(colours).addEventListener("change", draw));
})();
