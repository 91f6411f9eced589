// Ticks: no more than so many of [data-at-most]; rows of [data-choosing], all at once or one by one, and their number.
"use strict";

(() => {
  document.addEventListener("change", (event) => {
    const limited = event.target.closest("[data-at-most]");
    if (limited) limit(limited);
    const form = event.target.closest("[data-choosing]");
    if (form) choose(form, event.target);
  });

  function limit(group) {
    const boxes = [...group.querySelectorAll('input[type="checkbox"]')];
    const isFull = boxes.filter((box) => box.checked).length >= Number(group.dataset.atMost);
    boxes.forEach((box) => { box.disabled = isFull && !box.checked; });
  }

  function choose(form, box) {
    const rows = [...form.querySelectorAll('input[name="id"]')];
    const page = form.querySelector("[data-all]");
    const scope = form.querySelector('input[name="scope"]');
    if (box === page || box === scope) rows.forEach((row) => { row.checked = box.checked; });
    if (box === page || box.name === "id") scope.checked = false;
    tell(form, rows, page);
  }

  function tell(form, rows, page) {
    const number = rows.filter((row) => row.checked).length;
    page.checked = number > 0 && number === rows.length;
    page.indeterminate = number > 0 && number < rows.length;
    const words = form.querySelector("[data-count]");
    const isEverybody = form.querySelector('input[name="scope"]').checked;
    words.textContent = isEverybody ? words.dataset.allOfThem : words.dataset.count.replace("#", number);
  }

  // A browser that comes back to a page ticks again what was ticked.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-choosing]").forEach((form) => {
      tell(form, [...form.querySelectorAll('input[name="id"]')], form.querySelector("[data-all]"));
    });
  });
})();
