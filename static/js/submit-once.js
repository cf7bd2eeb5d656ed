/*
 * data-submit-once: a form is sent once, however often its button is pressed.
 * The server holds to that by itself; this spares people the doubt. After ten seconds the
 * button works again, since a lost connection must not leave words stranded on the page.
 */
const AGAIN = 10_000;

for (const form of document.querySelectorAll("form[data-submit-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    button?.setAttribute("aria-disabled", "true");
    setTimeout(() => {
      delete form.dataset.sent;
      button?.removeAttribute("aria-disabled");
    }, AGAIN);
  });
}
