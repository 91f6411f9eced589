// [data-copy] copies the code beside it. Where the clipboard is refused (http on another host), the code is selected.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  const done = () => {
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 1500);
  };
  if (!navigator.clipboard) { select(); return; }
  navigator.clipboard.writeText(code.textContent).then(done, select);
});
