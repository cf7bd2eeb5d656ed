/*
 * data-shown-by="kind" on a form: a fieldset with data-shown-for="decision outcome" is shown while
 * the choice of that name has one of these values, or while something stands in its fields: what
 * was typed is never hidden. Without this file all of them are shown.
 */
function holds(fields) {
  return [...fields.querySelectorAll("input, textarea, select")].some((field) => field.value);
}

function watch(form) {
  const name = form.dataset.shownBy;
  const parts = [...form.querySelectorAll("[data-shown-for]")];

  function draw() {
    const chosen = form.querySelector(`[name="${name}"]:checked`)?.value;
    for (const part of parts) {
      const wanted = part.dataset.shownFor.split(" ").includes(chosen);
      part.hidden = !wanted && !holds(part) && !part.querySelector(".govuk-form-group--error");
    }
  }

  form.addEventListener("change", draw);
  draw();
}

document.querySelectorAll("form[data-shown-by]").forEach(watch);
