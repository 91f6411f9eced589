// Suggestions for patterns: a click adds one as a line, another click takes it away again.
"use strict";

document.querySelectorAll("[data-patterns]").forEach((list) => {
  const area = document.getElementById(list.dataset.patterns);
  const lines = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const show = () => list.querySelectorAll("button").forEach((button) => {
    button.setAttribute("aria-pressed", String(lines().includes(button.dataset.pattern)));
  });
  list.hidden = false;
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const pattern = button.dataset.pattern;
    const now = lines();
    area.value = (now.includes(pattern) ? now.filter((line) => line !== pattern) : [...now, pattern]).join("\n");
    show();
  });
  area.addEventListener("input", show);
  show();
});
