/*
 * data-prompts-for="…ids": points to the questions of a set once one of its categories is chosen, and
 * opens the set when somebody follows. Without this file the sets stand over the form, to be opened there.
 */
const pointers = [...document.querySelectorAll("[data-prompts-for]")];

function draw() {
  const chosen = [...document.querySelectorAll("[name=categories]:checked")].map((box) => box.value);
  for (const pointer of pointers) {
    const categories = pointer.dataset.promptsFor.split(" ");
    pointer.hidden = !chosen.some((one) => categories.includes(one));
  }
}

for (const pointer of pointers) {
  pointer.addEventListener("click", (event) => {
    const set = document.querySelector(event.target.getAttribute("href"));
    set.open = true;
    set.querySelector("summary").focus({ preventScroll: true });
  });
}
document.addEventListener("change", (event) => {
  if (event.target.name === "categories") draw();
});
draw();
