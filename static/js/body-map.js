/*
 * data-body-map: draws a body over the list of regions, so that a mark can be placed by pressing on
 * it. Without this file each mark is added by a button and placed by the list; both ways, and the
 * keyboard, give the same name, since all three read it from the same regions (incidents/bodymap).
 *
 * The drawing is fetched when the part is opened, and never before: most incidents have no marks.
 * Arrow keys move from region to region, Enter places a mark. Points are kept as on the adult's
 * drawing; `stretch` says where they lie on a child's.
 */
const SVG = "http://www.w3.org/2000/svg";
const ZOOMS = [1, 1.5, 2, 3];
const SIDEWAYS = 2.5;
const LAST = 99;

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function button(className, text, pressed) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}

function between(marks, values, at) {
  let number = 1;
  while (number < marks.length - 1 && marks[number] <= at) number += 1;
  const share = (at - marks[number - 1]) / (marks[number] - marks[number - 1]);
  return values[number - 1] + share * (values[number] - values[number - 1]);
}

function there(stretch, [x, y]) {
  if (!stretch) return [x, y];
  const breadth = between(stretch.heights, stretch.breadths, y);
  return [stretch.middle + (x - stretch.middle) * breadth, between(stretch.heights, stretch.becomes, y)];
}

function back(stretch, [x, placed]) {
  if (!stretch) return [x, placed];
  const y = between(stretch.becomes, stretch.heights, placed);
  const breadth = between(stretch.heights, stretch.breadths, y);
  return [stretch.middle + (x - stretch.middle) / breadth, y];
}

/* Attributes and words alike: each copy has a number of its own in every name and id. */
function fill(node, number) {
  for (const element of [node, ...node.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      attribute.value = attribute.value.replaceAll("__n__", number);
    }
  }
  for (const counted of node.querySelectorAll(".govuk-character-count__message")) counted.remove();
  return node;
}

class BodyMap {
  constructor(root) {
    this.root = root;
    this.marks = root.querySelector("[data-body-map-marks]");
    this.template = root.querySelector("[data-body-map-mark]");
    this.place = root.querySelector("[data-body-map-drawing]");
    this.status = root.querySelector("[data-body-map-status]");
    this.adder = root.querySelector("[data-body-map-add]");
    this.figure = root.dataset.figure;
    this.zoom = 0;
    this.undone = [];
    root.addEventListener("toggle", () => this.begin());
    this.begin();
  }

  async begin() {
    if (!this.root.open || this.begun) return;
    this.begun = true;
    if (!(await this.load())) {
      this.begun = false;
      return;
    }
    this.dress();
    this.show(this.views[0].key);
    this.drawMarks();
  }

  async load() {
    try {
      const answer = await fetch(this.root.dataset[this.figure]);
      if (!answer.ok) throw new Error("no drawing");
      const drawing = await answer.json();
      this.views = drawing.views;
      this.list = drawing.list;
      this.regions = new Map();
      for (const view of this.views) {
        for (const region of view.regions) this.regions.set(region.id, { ...region, view });
      }
      return true;
    } catch {
      this.say("The drawing could not be fetched. Add each mark by the button and choose its place from the list.");
      return false;
    }
  }

  /* From here on the buttons do their work in the page, and send nothing. */
  dress() {
    this.adder.type = "button";
    this.adder.textContent = "Add a mark from the list";
    this.adder.addEventListener("click", () => this.addFromList());
    for (const mark of this.marks.children) this.listenTo(mark);
    for (const radio of this.root.querySelectorAll("input[name=figure]")) {
      radio.checked ||= radio.value === this.figure && this.marks.children.length > 0;
      radio.addEventListener("change", () => this.change(radio.value));
    }
    this.tabs = make("div", "body-map__tabs");
    this.tabs.setAttribute("role", "group");
    this.tabs.setAttribute("aria-label", "Which view?");
    for (const view of this.views) {
      const tab = button("body-map__tab", view.name, () => this.show(view.key));
      tab.dataset.view = view.key;
      this.tabs.append(tab);
    }
    this.frame = make("div", "body-map__frame");
    this.pointed = make("p", "body-map__pointed");
    this.pointed.setAttribute("aria-hidden", "true");
    const tools = make("div", "body-map__tools");
    const plain = "govuk-button govuk-button--secondary govuk-button--small";
    this.undoer = button(plain, "Undo", () => this.undo());
    tools.append(
      this.undoer,
      button(plain, "Zoom in", () => this.magnify(1)),
      button(plain, "Zoom out", () => this.magnify(-1)),
    );
    this.place.replaceChildren(
      make("p", "quiet small", "Press where the mark is. With a keyboard: Tab to the drawing, arrow keys to move, Enter to place a mark."),
      this.tabs,
      this.pointed,
      this.frame,
      tools,
    );
    this.place.hidden = false;
    this.sayUndo();
  }

  async change(figure) {
    const before = this.figure;
    this.figure = figure;
    if (await this.load()) this.show(this.view.key);
    else this.figure = before;
  }

  show(key) {
    this.view = this.views.find((view) => view.key === key);
    for (const tab of this.tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.view === key));
    const [width, height] = this.view.size;
    this.drawing = shape("svg", {
      viewBox: `0 0 ${width} ${height}`,
      class: `body-map__drawing body-map__drawing--${height > 500 ? "tall" : "near"}`,
      role: "group",
      "aria-label": `${this.view.name}: regions of the body`,
    });
    for (const path of this.view.outlines) this.drawing.append(shape("path", { d: path, class: "body-map__outline" }));
    this.view.regions.forEach((region, index) => this.drawing.append(this.region(region, index)));
    for (const path of this.view.features) this.drawing.append(shape("path", { d: path, class: "body-map__feature" }));
    const [left, right] = this.view.sides;
    for (const [words, x, anchor] of [[left, 6, "start"], [right, width - 6, "end"]]) {
      if (!words) continue;
      const label = shape("text", { x, y: height - 8, class: "body-map__side", "text-anchor": anchor });
      label.textContent = `child’s ${words}`;
      this.drawing.append(label);
    }
    this.dots = shape("g", { class: "body-map__dots" });
    this.drawing.append(this.dots);
    this.drawing.addEventListener("keydown", (event) => this.key(event));
    this.frame.replaceChildren(this.drawing);
    this.magnify(0);
    this.point("");
    this.drawDots();
  }

  region(region, index) {
    const path = shape("path", {
      d: region.path,
      class: "body-map__region",
      role: "button",
      tabindex: index ? "-1" : "0",
      "aria-label": region.name,
      "data-region": region.id,
    });
    path.addEventListener("click", (event) => this.pressed(region, event));
    path.addEventListener("focus", () => this.point(region.name));
    path.addEventListener("pointerenter", () => this.point(region.name));
    return path;
  }

  point(name) {
    this.pointed.textContent = name || "\u00a0";
  }

  pressed(region, event) {
    // What a screen reader presses has no place of its own.
    if (!event.detail) {
      this.add(region, "");
      return;
    }
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.drawing.getScreenCTM().inverse());
    const [x, y] = back(this.view.stretch, [spot.x, spot.y]);
    this.add(region, `${Math.max(0, Math.round(x))},${Math.max(0, Math.round(y))}`);
  }

  key(event) {
    const from = event.target.closest("[data-region]");
    if (!from) return;
    const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (event.key === "Enter" || event.key === " ") this.add(this.regions.get(from.dataset.region), "");
    else if (ways[event.key]) this.move(from, ways[event.key]);
    else return;
    event.preventDefault();
  }

  /* To the nearest region that way, where going straight counts for more than going aside. */
  move(from, [right, down]) {
    const [x, y] = this.regions.get(from.dataset.region).centre;
    let best = null;
    let least = Infinity;
    for (const path of this.drawing.querySelectorAll("[data-region]")) {
      const [otherX, otherY] = this.regions.get(path.dataset.region).centre;
      const onward = (otherX - x) * right + (otherY - y) * down;
      const aside = Math.abs((otherX - x) * down + (otherY - y) * right);
      if (onward <= 1 || path === from) continue;
      if (onward + aside * SIDEWAYS < least) {
        least = onward + aside * SIDEWAYS;
        best = path;
      }
    }
    if (!best) return;
    from.setAttribute("tabindex", "-1");
    best.setAttribute("tabindex", "0");
    best.focus();
  }

  magnify(by) {
    this.zoom = Math.min(Math.max(this.zoom + by, 0), ZOOMS.length - 1);
    this.drawing.setAttribute("data-zoom", String(this.zoom));
    if (by) this.say(`Drawn at ${ZOOMS[this.zoom] * 100} per cent.`);
  }

  add(region, at) {
    const mark = this.another();
    if (!mark) return;
    mark.querySelector("input[type=hidden]").value = at;
    mark.querySelector("select").value = region.id;
    this.settle(mark);
    this.say(`Mark ${this.marks.children.length}: ${region.name}, ${this.view.name.toLowerCase()}. Its questions follow the drawing.`);
  }

  addFromList() {
    const mark = this.another();
    mark?.querySelector("select").focus();
  }

  another() {
    if (this.marks.children.length >= Number(this.root.dataset.most)) {
      this.say(`At most ${this.root.dataset.most} marks can be recorded. Put those that lie together in one.`);
      return null;
    }
    // After all others, since the server takes marks in the order of their numbers.
    const taken = [...this.marks.children].map((mark) => Number(mark.dataset.mark));
    let number = Math.max(-1, ...taken) + 1;
    if (number > LAST) number = [...Array(LAST).keys()].find((free) => !taken.includes(free));
    const mark = fill(this.template.content.firstElementChild.cloneNode(true), String(number));
    this.offer(mark.querySelector("select"));
    this.marks.append(mark);
    this.listenTo(mark);
    for (const radio of this.root.querySelectorAll("input[name=figure]")) radio.checked = radio.value === this.figure;
    this.remember(() => {
      const place = this.marks.children.length;
      mark.remove();
      this.say(`Mark ${place} taken off.`);
    });
    this.drawMarks();
    return mark;
  }

  offer(select) {
    for (const [name, ids] of this.list) {
      const group = document.createElement("optgroup");
      group.label = name;
      for (const id of ids) group.append(new Option(this.regions.get(id).name, id));
      select.append(group);
    }
  }

  listenTo(mark) {
    const remover = mark.querySelector("[data-mark-remove]");
    const place = mark.querySelector("select");
    remover.type = "button";
    remover.addEventListener("click", () => this.remove(mark));
    place.addEventListener("change", () => {
      mark.querySelector("input[type=hidden]").value = "";
      this.settle(mark);
    });
    mark.addEventListener("change", () => this.hint(mark));
    this.hint(mark);
  }

  remove(mark) {
    const after = mark.nextElementSibling;
    const number = [...this.marks.children].indexOf(mark) + 1;
    mark.remove();
    this.remember(() => {
      this.marks.insertBefore(mark, after?.isConnected ? after : null);
      this.say(`Mark ${number} is back.`);
    });
    this.drawMarks();
    this.say(`Mark ${number} taken off. Undo brings it back.`);
    this.adder.focus();
  }

  remember(way) {
    this.undone.push(way);
    this.sayUndo();
  }

  undo() {
    this.undone.pop()?.();
    this.sayUndo();
    this.drawMarks();
  }

  sayUndo() {
    this.undoer?.setAttribute("aria-disabled", String(!this.undone.length));
  }

  settle(mark) {
    this.hint(mark);
    this.drawMarks();
  }

  /* What is said of a place, and of an explanation that does not fit, once they are chosen. */
  hint(mark) {
    const region = this.regions.get(mark.querySelector("select").value);
    mark.querySelector("[data-mark-soft]").hidden = !region?.soft;
    const unfitting = mark.querySelector("[data-mark-unfitting]");
    const told = mark.querySelector("select[name$=explanation]").value;
    unfitting.hidden = !told || !unfitting.dataset.markUnfitting.split(" ").includes(told);
  }

  drawMarks() {
    [...this.marks.children].forEach((mark, index) => {
      for (const number of mark.querySelectorAll("[data-mark-number]")) number.textContent = String(index + 1);
    });
    this.drawDots();
    this.root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  drawDots() {
    const size = this.view.size[1] > 500 ? 18 : 12;
    this.dots.replaceChildren();
    [...this.marks.children].forEach((mark, index) => {
      const region = this.regions.get(mark.querySelector("select").value);
      if (region?.view !== this.view) return;
      const at = mark.querySelector("input[type=hidden]").value;
      const [x, y] = there(this.view.stretch, at ? at.split(",").map(Number) : region.centre);
      const known = at ? "exact" : "named";
      this.dots.append(shape("circle", { cx: x, cy: y, r: size * 0.8, class: `body-map__dot body-map__dot--${known}` }));
      const label = shape("text", { x, y: y + size * 0.36, "font-size": size, class: `body-map__digit body-map__digit--${known}` });
      label.textContent = String(index + 1);
      this.dots.append(label);
    });
  }

  say(text) {
    this.status.textContent = text;
  }
}

for (const root of document.querySelectorAll("[data-body-map]")) new BodyMap(root);
