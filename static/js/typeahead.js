/*
 * data-typeahead: turns a search field with a Find button into a combobox (WAI-ARIA 1.2, list
 * autocomplete). Without this file the Find button sends the form and the server answers with the
 * people found as radios or tick boxes; with it they are asked for while typing.
 *
 * What is typed is a name, so it is sent by POST and stands in no address and no log. The server
 * answers {"results": [{"value", "label", "detail"}], "more": false}; it is only ever set as text.
 * What was picked is a copy of the <template>, with hidden inputs in it.
 */
const PAUSE = 200;
const MINIMUM = 2;

function named(text, picked) {
  return text.replaceAll("__value__", picked.value).replaceAll("__label__", picked.label);
}

/* Attributes and words alike: what a screen reader says of "Remove" has the name in it. */
function fill(node, picked) {
  for (const element of [node, ...node.querySelectorAll("*")]) {
    for (const attribute of element.attributes) attribute.value = named(attribute.value, picked);
    for (const child of element.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) child.data = named(child.data, picked);
    }
    const slot = element.dataset.slot;
    if (slot) element.textContent = picked[slot] || "";
  }
  return node;
}

class Typeahead {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("[data-query]");
    this.list = root.querySelector("[data-options]");
    this.status = root.querySelector("[data-status]");
    this.picked = root.querySelector("[data-picked]");
    this.template = root.querySelector("template");
    this.single = !("multiple" in root.dataset);
    this.options = [];
    this.active = -1;
    this.asked = 0;
    this.dress();
    this.listen();
  }

  dress() {
    this.root.querySelector("[data-find]")?.remove();
    this.root.querySelector("[data-found]")?.remove();
    const attributes = {
      role: "combobox",
      type: "text",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    for (const chip of this.picked.children) this.plain(chip);
    this.hideSearchWhenPicked();
  }

  /* "Remove" sends the form only while there is no script. */
  plain(chip) {
    chip.querySelector("[data-remove]")?.setAttribute("type", "button");
    return chip;
  }

  listen() {
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // A press on an option must not take the focus from the field before the click arrives.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.pick(this.options[Number(option.dataset.index)]);
    });
    this.picked.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (button) this.remove(button.closest("[data-chip]"));
    });
  }

  ask() {
    clearTimeout(this.timer);
    const query = this.input.value.trim();
    if (query.length < MINIMUM) {
      this.asked += 1;
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.fetch(query), PAUSE);
  }

  async fetch(query) {
    const mine = ++this.asked;
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    let found = null;
    try {
      const answer = await fetch(this.root.dataset.url, {
        method: "POST",
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        body: new URLSearchParams({ q: query }),
        redirect: "manual",
      });
      if (answer.ok) found = await answer.json();
    } catch {
      // Said below: nothing was found out.
    }
    if (mine !== this.asked) return;
    if (found) this.show(found);
    else this.say("The search did not work. Try again in a moment. What you have typed is still here.");
  }

  taken() {
    return new Set([...this.picked.querySelectorAll("[data-chip]")].map((chip) => chip.dataset.chip));
  }

  show({ results, more }) {
    const taken = this.taken();
    this.options = results.filter((result) => !taken.has(String(result.value)));
    this.list.replaceChildren(...this.options.map((option, index) => this.draw(option, index)));
    this.activate(-1);
    const count = this.options.length;
    this.list.hidden = count === 0;
    this.input.setAttribute("aria-expanded", String(count > 0));
    if (!count) this.say("Nobody found. Check the spelling, or try the surname or the form.");
    else this.say(`${count}${more ? " or more" : ""} found. Use the up and down arrows to choose.`);
  }

  draw(option, index) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const detail = document.createElement("span");
    item.id = `${this.list.id}-${index}`;
    item.className = "typeahead__option";
    item.dataset.index = index;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    label.className = "typeahead__label";
    label.textContent = option.label;
    detail.className = "typeahead__detail";
    detail.textContent = option.detail || "";
    item.append(label, " ", detail);
    return item;
  }

  say(text) {
    this.status.textContent = text;
  }

  activate(index) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.list.children[index];
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const open = !this.list.hidden;
    const last = this.options.length - 1;
    if (event.key === "ArrowDown" && open) {
      this.activate(this.active >= last ? 0 : this.active + 1);
    } else if (event.key === "ArrowUp" && open) {
      this.activate(this.active <= 0 ? last : this.active - 1);
    } else if (event.key === "Enter") {
      // Enter never sends the form from here: half a search is not an incident.
      if (open && this.active >= 0) this.pick(this.options[this.active]);
    } else if (event.key === "Escape" && open) {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1);
  }

  pick(option) {
    const chip = this.plain(fill(this.template.content.firstElementChild.cloneNode(true), option));
    if (this.single) this.picked.replaceChildren(chip);
    else this.picked.append(chip);
    this.input.value = "";
    this.close();
    this.say(`${option.label} added.`);
    this.hideSearchWhenPicked();
    if (this.single) chip.querySelector("[data-remove]")?.focus();
    this.root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  remove(chip) {
    const label = chip.querySelector("[data-slot=label]")?.textContent || "";
    chip.remove();
    this.hideSearchWhenPicked();
    this.say(`${label} removed.`);
    this.input.focus();
    this.root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  hideSearchWhenPicked() {
    this.root.classList.toggle("typeahead--chosen", this.single && this.picked.children.length > 0);
  }
}

for (const root of document.querySelectorAll("[data-typeahead]")) new Typeahead(root);
