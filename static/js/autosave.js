/*
 * data-autosave="/address": sends what stands in the form to the server while it is being typed:
 * five seconds after the last key, at the latest after thirty seconds of typing, and at once when
 * the page is left or covered. The answer is not shown; [data-autosave-status] says when it worked.
 * Saving is not activity: it goes out marked as a poll.
 */
const PAUSE = 5_000;
const LATEST = 30_000;

function clock() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function watch(form) {
  const status = form.querySelector("[data-autosave-status]");
  let timer = null;
  let dirtySince = 0;
  let leaving = false;

  async function save() {
    clearTimeout(timer);
    if (!dirtySince || form.dataset.sent) return;
    const from = dirtySince;
    dirtySince = 0;
    const body = new FormData(form);
    for (const [name, value] of [...body]) {
      if (value instanceof File) body.delete(name);
    }
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams(body),
        headers: { "X-Safeguard-Poll": "1" },
        redirect: "manual",
        keepalive: leaving,
      });
      if (!answer.ok) throw new Error("not saved");
      // The form has an address of its own from now on: what leads back here leads to these words.
      history.replaceState(null, "", form.dataset.autosave);
      if (status) status.textContent = `Saved ${clock()}`;
    } catch {
      dirtySince ||= from;
      if (status) status.textContent = "Not saved yet: trying again. Your words are still on this page.";
      if (!leaving) timer = setTimeout(save, PAUSE);
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
  document.addEventListener("safeguard:leaving", (event) => {
    leaving = true;
    event.detail.until(save());
    leaving = false;
  });
}

document.querySelectorAll("form[data-autosave]").forEach(watch);
