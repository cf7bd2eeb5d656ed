/*
 * data-writing-help="/address" on a form: asks the server what might be put better, a second and a
 * half after the last key, and says so under each answer. Only what is written at length is sent; it
 * is not kept. Asking is no activity: it goes out marked as a poll. Without this file the review says
 * the same.
 */
const PAUSE = 1_500;

function placeFor(answer) {
  const known = document.getElementById(`hints_${answer.name}`);
  if (known) return known;
  const place = document.createElement("div");
  place.id = `hints_${answer.name}`;
  place.className = "hints";
  place.setAttribute("role", "status");
  answer.after(place);
  return place;
}

function say(answer, texts) {
  if (!texts.length && !document.getElementById(`hints_${answer.name}`)) return;
  const place = placeFor(answer);
  const said = texts.join("\n");
  if (place.dataset.said === said) return; // nothing new: a screen reader is not told again
  place.dataset.said = said;
  place.replaceChildren(
    ...texts.map((text) => {
      const line = document.createElement("p");
      line.className = "hints__one";
      line.textContent = text;
      return line;
    }),
  );
}

function watch(form) {
  const answers = [...form.querySelectorAll("textarea")];
  let timer = null;
  let asked = 0;

  async function ask() {
    const number = ++asked;
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    for (const answer of answers) body.set(answer.name, answer.value);
    for (const name of ["told_by", "told_in_person"]) {
      if (form.elements[name]) body.set(name, form.elements[name].value);
    }
    try {
      const reply = await fetch(form.dataset.writingHelp, {
        method: "POST",
        body,
        headers: { "X-Safeguard-Poll": "1" },
        redirect: "manual",
      });
      if (!reply.ok) return;
      const { hints } = await reply.json();
      if (number !== asked) return; // more was typed meanwhile
      for (const answer of answers) {
        say(answer, hints.filter((hint) => hint.answer === answer.name).map((hint) => hint.text));
      }
    } catch {
      // No network for the moment: help can wait.
    }
  }

  form.addEventListener("input", (event) => {
    if (!event.target.matches("textarea")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  if (answers.some((answer) => answer.value.trim())) ask();
}

document.querySelectorAll("form[data-writing-help]").forEach(watch);
