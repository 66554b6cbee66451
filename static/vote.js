// Voting without a reload, exact even where the network is not. Without this file the plain form does the same.
(() => {
  "use strict";
  // A person has no mark before their first vote. This key makes a first vote that is sent again the same one:
  // its reply may have been lost, and the mark with it.
  const key = () => {
    try {
      let kept = sessionStorage.getItem("vote-key");
      if (!kept) {
        kept = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
        sessionStorage.setItem("vote-key", kept);
      }
      return kept;
    } catch {
      return "";
    }
  };
  let last = 0;
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches(".vote")) event.detail.parameters.set("key", key());
  });
  // The fragment that comes back has a new button under the finger: a double click would take the vote back.
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".vote-btn")) return;
    if (event.detail > 0 && event.timeStamp - last < 400) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    last = event.timeStamp;
  }, true);
})();
