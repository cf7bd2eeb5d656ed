/*
 * data-what-to-know="/address": asks the server, when somebody has chosen whom an incident is about,
 * what there is to know before they go on: that a colleague has recorded today, and open incidents to
 * add to. Ids go by POST, and stand in no address; the answer is only ever set as text. Without this
 * file the form says it when it is shown again, and the review does.
 */
const NAMES = ["pupil", "linked", "subjects"];

function chosen(form) {
  const body = new URLSearchParams();
  for (const name of NAMES) {
    for (const input of form.querySelectorAll(`[data-chip] input[name="${name}"]`)) {
      body.append(name, input.value);
    }
  }
  return body;
}

function line(sentence) {
  const item = document.createElement("li");
  item.textContent = sentence;
  return item;
}

function watch(place) {
  const form = place.closest("form");
  const threads = place.querySelector("[data-threads]");
  const today = place.querySelector("[data-recorded-today]");
  const template = place.querySelector("[data-open-incident-template]");
  let known = chosen(form).toString();
  let asked = 0;

  function draw(incident) {
    const item = template.content.firstElementChild.cloneNode(true);
    for (const slot of item.querySelectorAll("[data-slot]")) {
      slot.textContent = incident[slot.dataset.slot];
    }
    item.querySelector("button").value = incident.pk;
    return item;
  }

  function show(answer) {
    threads.querySelector("ul").replaceChildren(...answer.threads.map(draw));
    threads.hidden = !answer.threads.length;
    today.replaceChildren(...answer.recorded_today.map(line));
    today.hidden = !answer.recorded_today.length;
  }

  form.addEventListener("change", async () => {
    const body = chosen(form);
    if (body.toString() === known) return;
    known = body.toString();
    const number = ++asked;
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const answer = await fetch(place.dataset.whatToKnow, { method: "POST", body, redirect: "manual" });
      if (!answer.ok) return;
      const said = await answer.json();
      if (number === asked) show(said);
    } catch {
      // No network for the moment: the review says it.
    }
  });
}

document.querySelectorAll("[data-what-to-know]").forEach(watch);
