/* data-file-list: names the files that were chosen, their sizes, and lets each be taken off again. */
function size(bytes) {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function without(files, gone) {
  const kept = new DataTransfer();
  for (const file of files) {
    if (file !== gone) kept.items.add(file);
  }
  return kept.files;
}

function row(input, file, draw) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const button = document.createElement("button");
  item.className = "files__item";
  name.className = "files__name";
  name.textContent = `${file.name}, ${size(file.size)}`;
  button.type = "button";
  button.className = "link-button";
  button.textContent = "Remove";
  button.setAttribute("aria-label", `Remove ${file.name}`);
  button.addEventListener("click", () => {
    input.files = without(input.files, file);
    draw();
    input.focus();
  });
  item.append(name, button);
  return item;
}

for (const box of document.querySelectorAll("[data-file-list]")) {
  const input = box.querySelector("input[type=file]");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  list.className = "files files--chosen";
  status.className = "govuk-visually-hidden";
  status.setAttribute("role", "status");
  box.append(list, status);

  const draw = () => {
    const files = [...input.files];
    list.replaceChildren(...files.map((file) => row(input, file, draw)));
    status.textContent = files.length === 1 ? "1 file chosen" : `${files.length} files chosen`;
  };
  input.addEventListener("change", draw);
}
