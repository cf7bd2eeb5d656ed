/* data-menu: the button that opens the navigation on a narrow screen. Without it the navigation stands open. */
for (const button of document.querySelectorAll("[data-menu]")) {
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
  });
}
