/*
 * data-late: the question why something is recorded only now, shown when day and time say that it
 * happened more than 24 hours ago, and while something stands in it. Without this file the server
 * asks when the form is sent.
 */
const DAY = 24 * 60 * 60 * 1000;

function happened(form) {
  const on = form.elements.occurred_on.value;
  const whole = form.elements.precision.value === "day";
  const at = whole ? "00:00" : form.elements.occurred_time.value;
  const moment = new Date(`${on}T${at || "00:00"}`);
  if (whole) moment.setDate(moment.getDate() + 1);
  return moment.getTime();
}

function watch(part) {
  const form = part.closest("form");
  const answer = part.querySelector("textarea");

  function draw() {
    const late = Date.now() - happened(form) > DAY;
    const holds = answer.value.trim() || part.querySelector(".govuk-form-group--error");
    part.hidden = !late && !holds;
  }

  form.addEventListener("change", draw);
  draw();
}

document.querySelectorAll("[data-late]").forEach(watch);
