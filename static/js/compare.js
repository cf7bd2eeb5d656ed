/*
 * data-compare="/address" on a form: asks the server where the marks on the body map and what was told
 * fit badly, a second and a half after the last change, and says so beneath the marks. What is sent is
 * looked at and not kept. Asking is no activity: it goes out marked as a poll. Without this file the
 * form and the review say the same when they are shown.
 */
const PAUSE = 1_500;

function watch(form) {
  const place = form.querySelector("[data-compared]");
  const list = place?.querySelector("[data-compared-list]");
  const marks = form.querySelector("[data-body-map-marks]");
  if (!list || !marks) return;
  let timer = null;
  let asked = 0;

  function say(misfits) {
    const said = misfits.join("\n");
    if (place.dataset.said === said) return; // nothing new: a screen reader is not told again
    place.dataset.said = said;
    list.replaceChildren(
      ...misfits.map((text) => {
        const line = document.createElement("li");
        line.className = "hints__one";
        line.textContent = text;
        return line;
      }),
    );
    place.hidden = !misfits.length;
  }

  async function ask() {
    const number = ++asked;
    if (!marks.children.length) {
      say([]);
      return;
    }
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const reply = await fetch(form.dataset.compare, {
        method: "POST",
        body,
        headers: { "X-Safeguard-Poll": "1" },
        redirect: "manual",
      });
      if (!reply.ok) return;
      const { misfits } = await reply.json();
      if (number === asked) say(misfits); // else more was said meanwhile
    } catch {
      // No network for the moment: it can wait.
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
}

document.querySelectorAll("form[data-compare]").forEach(watch);
