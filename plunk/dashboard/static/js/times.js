// Times say on hover what the clock of this browser says, beside UTC.
"use strict";

(() => {
  const local = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "medium" });

  function tell(root) {
    root.querySelectorAll("time[datetime][title]:not([data-local])").forEach((time) => {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) return;
      time.dataset.local = "";
      time.title = `${local.format(at)}\n${time.title}`;
    });
  }

  tell(document);
  document.addEventListener("htmx:load", (event) => tell(event.target));
})();
