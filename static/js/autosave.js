/*
 * data-autosave="/address": sends what stands in the form to the server while it is being typed:
 * three seconds after the last key, every eight while typing goes on, and at once when the page is
 * left or covered. Saving is not activity: it goes out marked as a poll.
 *
 * Only an answer in our own words counts as saved: a network's sign-in page answers everything, too.
 * [data-autosave-status] says what is true; [data-autosave-beside] is shown when another window holds
 * other words. What could not be saved is not left behind by a press of the form's own button, either.
 * Nothing is kept in the browser.
 */
const PAUSE = 3_000;
const LATEST = 8_000;
const AGAIN = 5_000;
const PATIENCE = 10_000;
const MOST_AT_THE_END = 60_000; // bytes that a browser sends for a page that is gone

function clock() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function watch(form) {
  const status = form.querySelector("[data-autosave-status]");
  const beside = form.querySelector("[data-autosave-beside]");
  let timer = null;
  let dirtySince = 0;
  let savedAt = "";
  let failing = false;
  let passed = false;
  let underWay = null;
  let turn = Number(form.elements.turn?.value ?? 0);

  function say(words) {
    if (status && status.textContent !== words) status.textContent = words;
  }

  function count() {
    turn += 1;
    if (form.elements.turn) form.elements.turn.value = turn;
  }

  function written() {
    count();
    const body = new FormData(form);
    for (const [name, value] of [...body]) {
      if (value instanceof File) body.delete(name);
    }
    return new URLSearchParams(body);
  }

  async function post(leaving) {
    const body = written();
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      body,
      headers: { "X-Safeguard-Poll": "1" },
      redirect: "manual",
      keepalive: leaving && body.toString().length < MOST_AT_THE_END,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const said = await answer.json();
    if (typeof said.kept !== "boolean") throw new Error("not our answer");
    return { said, status: answer.status };
  }

  function saved(said, code) {
    failing = false;
    savedAt = clock();
    // The form has an address of its own from now on: what leads back here leads to these words.
    if ("hasAddress" in form.dataset) history.replaceState(null, "", form.dataset.autosave);
    if (said.revision && form.elements.revision) form.elements.revision.value = said.revision;
    if (beside) beside.hidden = !said.beside;
    say(code === 401 ? `Saved ${savedAt}. Your session has ended: sign in again to finish.` : `Saved ${savedAt}`);
  }

  function unsaved(since) {
    failing = true;
    dirtySince ||= since;
    say(
      savedAt
        ? `Not saved since ${savedAt}: trying again. Your words are still on this page.`
        : "Not saved yet: trying again. Your words are still on this page.",
    );
  }

  /* Says whether the words are safe, or the server has looked at them and will not take them. */
  function save(leaving = false) {
    clearTimeout(timer);
    if (form.dataset.sent) return Promise.resolve(true);
    if (!dirtySince) return underWay ?? Promise.resolve(true);
    const mine = send(leaving).finally(() => {
      if (underWay === mine) underWay = null;
    });
    underWay = mine;
    return mine;
  }

  async function send(leaving) {
    const since = dirtySince;
    dirtySince = 0;
    try {
      const { said, status: code } = await post(leaving);
      if (said.kept) {
        saved(said, code);
      } else {
        unsaved(since);
        timer = setTimeout(save, AGAIN);
      }
      return true;
    } catch {
      unsaved(since);
      if (!leaving) timer = setTimeout(save, AGAIN);
      return false;
    }
  }

  function changed() {
    const now = Date.now();
    dirtySince ||= now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(PAUSE, dirtySince + LATEST - now)));
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("online", () => failing && save());
  document.addEventListener("safeguard:leaving", (event) => event.detail.until(save(true), failing));

  /* A press of a button leaves this page: first the words have to be where they cannot be lost. */
  form.addEventListener(
    "submit",
    async (event) => {
      if (passed || !(dirtySince || underWay) || form.dataset.sent) {
        passed = false;
        count();
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      await underWay;
      if (!(await save())) return;
      passed = true;
      form.requestSubmit(event.submitter);
    },
    true,
  );
}

document.querySelectorAll("form[data-autosave]").forEach(watch);
