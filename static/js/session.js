/*
 * The warning before a session ends, on the dialog #session-warning.
 *
 * Only what a person does counts: keys, pointer, wheel, touch. The server is told of it at most
 * once a minute. Every tab hears of it through a BroadcastChannel, which keeps nothing. Two
 * minutes before the end the dialog asks; at the end the page is covered and left.
 */
const MINUTE = 60_000;
const WARN_BEFORE = 2 * MINUTE;
const SAY_AT = [60, 30, 10];

const dialog = document.getElementById("session-warning");
const remaining = dialog.querySelector("[data-remaining]");
const announce = dialog.querySelector("[data-announce]");
const limit = Number(dialog.dataset.idleMinutes) * MINUTE;
const { coverAnd, otherTabs } = globalThis.safeguard;

let lastInput = Date.now();
let lastTold = Date.now();
let over = false;
let said = new Set();

function leaveFor(url) {
  if (over) return;
  over = true;
  coverAnd(() => location.replace(url));
}

function end() {
  otherTabs.postMessage("ended");
  leaveFor(dialog.dataset.ended);
}

async function tellServer() {
  lastTold = Date.now();
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  try {
    const answer = await fetch(dialog.dataset.keepAlive, {
      method: "POST",
      headers: { "X-CSRFToken": token.value },
    });
    // Only our own server says so in this header, or leads to its own door (the content policy lets
    // no answer lead anywhere else): whatever else answers is no network to us.
    const said = answer.headers.get("X-Safeguard-Session");
    const atTheDoor = answer.redirected && new URL(answer.url).pathname === dialog.dataset.signIn;
    if (said === "over" || atTheDoor) end();
    else if (said === "locked") leaveFor(dialog.dataset.unlock);
    else if (!answer.ok) lastTold = 0;
  } catch {
    // No network: the server's clock runs on, and so does ours. The next input tries again.
    lastTold = 0;
  }
}

function noteInput() {
  if (over || dialog.open) return;
  lastInput = Date.now();
  if (lastInput - lastTold >= MINUTE) {
    tellServer();
    otherTabs.postMessage("active");
  }
}

function stay() {
  dialog.close();
  lastInput = Date.now();
  tellServer();
  otherTabs.postMessage("active");
}

function counted(number, unit) {
  return number === 1 ? `1 ${unit}` : `${number} ${unit}s`;
}

function words(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  if (!minutes) return counted(rest, "second");
  return rest ? `${counted(minutes, "minute")} ${counted(rest, "second")}` : counted(minutes, "minute");
}

function warn(left) {
  if (!dialog.open) {
    said = new Set();
    announce.textContent = "";
    dialog.showModal();
  }
  const seconds = Math.max(0, Math.ceil(left / 1000));
  remaining.textContent = words(seconds);
  const due = SAY_AT.find((at) => seconds <= at && seconds > at - 5 && !said.has(at));
  if (due) {
    said.add(due);
    announce.textContent = `This page will be covered in ${words(seconds)}.`;
  }
}

function tick() {
  if (over) return;
  const now = Date.now();
  const left = lastInput + limit - now;
  if (left <= 0) {
    end();
  } else if (left <= WARN_BEFORE) {
    warn(left);
  } else if (lastInput > lastTold && now - lastTold >= MINUTE) {
    // Input since the server was last told: without this it would be up to a minute behind us.
    tellServer();
  }
}

otherTabs.addEventListener("message", (event) => {
  if (event.data === "active") {
    lastInput = Date.now();
    lastTold = lastInput;
    if (dialog.open) dialog.close();
  } else if (event.data === "covered") {
    // The tab that was blanked says "locked" once the server has done it; if it never does, ask.
    coverAnd(() => setTimeout(leaveFor, 10_000, dialog.dataset.unlock));
  } else if (event.data === "locked") {
    leaveFor(dialog.dataset.unlock);
  } else if (event.data === "ended") {
    leaveFor(dialog.dataset.ended);
  }
});

for (const kind of ["keydown", "pointerdown", "wheel", "touchmove", "input"]) {
  addEventListener(kind, noteInput, { capture: true, passive: true });
}
dialog.querySelector("[data-stay]").addEventListener("click", stay);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  stay();
});
document.addEventListener("visibilitychange", tick);
setInterval(tick, 1000);
otherTabs.postMessage("active");
