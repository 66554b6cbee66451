// Voting without a reload, exact even where the network is not. Without this file the plain form does the same.
(() => {
  "use strict";
  // A person has no mark before their first vote. This key makes a first vote that is sent again, or from two tabs at
  // once, the same one: the mark may not have arrived yet, or be lost with the reply. It goes once a reply is here.
  const KEY = "vote-key";
  const key = () => {
    try {
      if (!localStorage.getItem(KEY)) {
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        localStorage.setItem(KEY, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
      }
      return localStorage.getItem(KEY);
    } catch {
      return "";
    }
  };
  const forgetKey = () => {
    try {
      localStorage.removeItem(KEY);
    } catch {
      // Where nothing may be stored, nothing is.
    }
  };
  const say = (form, words) => {
    const note = form.querySelector(".vote-note") || form.appendChild(document.createElement("p"));
    note.className = "vote-note";
    note.setAttribute("role", "alert");
    note.textContent = words;
  };
  const onVote = (name, act) => document.addEventListener(name, (event) => {
    if (event.target.matches(".vote, .helpful")) act(event.target, event.detail);
  });
  onVote("htmx:configRequest", (form, detail) => detail.parameters.set("key", key()));
  onVote("htmx:beforeSwap", (form, detail) => {
    if (detail.xhr.status === 200) forgetKey();
  });
  onVote("htmx:sendError", (form) => say(form, "We could not reach the site. Press again: your vote still counts once."));
  onVote("htmx:responseError", (form, detail) => {
    // 429 brings its own words.
    if (detail.xhr.status !== 429) say(form, "Your vote was not counted. Load the page again, then press once more.");
  });
  // The fragment that comes back has a new button under the finger: the second half of a double click (or of two quick
  // taps) would take the vote back, and a key that is held down would give it and take it many times.
  let last = -Infinity;
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".vote-btn, .helpful button")) return;
    if (event.detail > 1 || (event.detail && event.timeStamp - last < 400)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    last = event.timeStamp;
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.target.closest(".vote-btn, .helpful button")) event.preventDefault();
  });
})();
