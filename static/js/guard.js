/*
 * Keeps what was on the screen from being seen by the next person.
 *
 * Loaded in the head and not as a module, so that it listens before anything is drawn.
 * A page left behind is emptied (pagehide); a page brought back from the browser's own memory
 * is covered and asked for again (pageshow). "Blank screen" and Esc twice cover in the same frame
 * and then tell the server, which locks the session. Others may hear "safeguard:leaving" to save
 * what is being typed before the words go.
 */
(function () {
  "use strict";

  const root = document.documentElement;
  // One for the whole page: a second one here would hear the first, as if from another tab.
  const otherTabs = new BroadcastChannel("safeguard-session");
  const TWICE = 600;
  const MOMENT = 1500;
  let lastEscape = 0;

  root.classList.add("js");

  /* Whoever is saving hands its promise to detail.until. */
  function leaving() {
    const saves = [];
    const until = (promise) => saves.push(promise);
    document.dispatchEvent(new CustomEvent("safeguard:leaving", { detail: { until } }));
    return Promise.allSettled(saves);
  }

  /* Covers at once, then goes: when what was being typed is saved, or after a moment without that. */
  async function coverAnd(go) {
    root.classList.add("covered");
    const moment = new Promise((done) => setTimeout(done, MOMENT));
    await Promise.race([leaving(), moment]);
    go();
  }

  function blankScreen() {
    const form = document.querySelector("[data-blank-screen]");
    if (!form || root.classList.contains("covered")) return;
    otherTabs.postMessage("covered");
    coverAnd(function () {
      form.elements.next.value = location.pathname + location.search;
      form.submit();
    });
  }

  globalThis.safeguard = { coverAnd, otherTabs };

  /* Only now is the session locked: a tab that had asked any earlier would have lost its cookie. */
  addEventListener("DOMContentLoaded", function () {
    if (document.querySelector("[data-locked]")) otherTabs.postMessage("locked");
  });

  addEventListener("pagehide", function () {
    leaving();
    root.classList.add("covered");
    if (document.body) document.body.replaceChildren();
  });

  addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    root.classList.add("covered");
    location.reload();
  });

  addEventListener(
    "keydown",
    function (event) {
      if (event.key !== "Escape" || event.repeat) return;
      const now = Date.now();
      if (now - lastEscape < TWICE) blankScreen();
      lastEscape = now;
    },
    true,
  );

  addEventListener(
    "submit",
    function (event) {
      if (event.target.matches("[data-blank-screen]")) {
        event.preventDefault();
        blankScreen();
      } else if (event.target.matches("[data-sign-out]")) {
        leaving();
        otherTabs.postMessage("ended");
      }
    },
    true,
  );
})();
