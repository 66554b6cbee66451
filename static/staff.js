// Single keys for the queue and its cases. Without this file every link, button and access key does the same.
(() => {
  "use strict";
  const KEEP = "staff-keys-off";
  const read = () => {
    try {
      return localStorage.getItem(KEEP) !== "1";
    } catch {
      return true;
    }
  };
  let isOn = read();
  const keep = () => {
    try {
      localStorage.setItem(KEEP, isOn ? "0" : "1");
    } catch {
      // Where nothing may be stored, it holds for this page.
    }
  };
  const note = document.querySelector("[data-keys-switch]");
  if (note) {
    const box = note.querySelector("input");
    note.hidden = false;
    box.checked = isOn;
    box.addEventListener("change", () => {
      isOn = box.checked;
      keep();
    });
  }
  const move = (by) => {
    const links = [...document.querySelectorAll(".staff-open")];
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) next.focus();
  };
  const focusOn = (selector) => {
    const found = document.querySelector(selector);
    if (found) found.focus();
    return found;
  };
  const press = (selector) => {
    const found = document.querySelector(selector);
    if (found) found.click();
  };
  const ACTS = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => focusOn(".staff-filter input[type=search]"),
    t: () => press(".staff-take button"),
    c: () => press("[data-key=c]"),
    d: () => focusOn(".staff-decide input:checked") || focusOn(".staff-decide input[type=radio]"),
    n: () => press("[data-key=n]"),
    u: () => press("[data-key=u]"),
  };
  document.addEventListener("keydown", (event) => {
    // In a field a letter is a letter; radios take no letters.
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (!isOn || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    const act = ACTS[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
})();
