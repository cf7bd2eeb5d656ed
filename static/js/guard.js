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
  const AGAIN = 5000;
  let lastEscape = 0;

  root.classList.add("js");

  /*
   * Whoever is saving hands its promise to detail.until: false is that nobody could be reached. Who
   * could not be reached just now is waited for; else the page goes after a moment, however slow.
   */
  function leaving() {
    const saves = [];
    let patient = false;
    const until = (promise, wait = false) => {
      saves.push(promise);
      patient ||= wait;
    };
    document.dispatchEvent(new CustomEvent("safeguard:leaving", { detail: { until } }));
    const safe = Promise.all(saves).then((all) => !all.includes(false));
    return patient ? safe : Promise.race([safe, new Promise((done) => setTimeout(done, MOMENT, true))]);
  }

  /*
   * Covers at once, then goes: when what was being typed is saved, or after a moment where it is slow.
   * Where the server is out of reach the page stays, covered, and goes when the words are safe: to
   * leave would lose them, and there is nobody to tell that this screen is locked.
   */
  async function coverAnd(go) {
    root.classList.add("covered");
    if (await leaving()) {
      go();
    } else {
      sayUnsaved();
      setTimeout(coverAnd, AGAIN, go);
    }
  }

  function sayUnsaved() {
    if (document.querySelector(".covered-note")) return;
    const note = document.createElement("p");
    note.className = "covered-note";
    note.setAttribute("role", "alert");
    note.textContent =
      "This page is covered. What was typed in it is not saved yet, because Safeguard cannot be reached. " +
      "Leave it open: it is saved as soon as that is possible.";
    document.body.append(note);
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
