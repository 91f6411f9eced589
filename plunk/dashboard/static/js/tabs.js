// Tabs may be wider than the screen: the one that is open comes into view.
"use strict";

document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
  const row = tab.parentElement.getBoundingClientRect(), own = tab.getBoundingClientRect();
  tab.parentElement.scrollLeft += (own.left + own.right - row.left - row.right) / 2;
});
