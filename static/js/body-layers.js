/*
 * data-body-layers: shows and hides the layers of a child's body maps at once. The slider shows what
 * had been recorded up to an incident; each box takes its layer off. Without this file the boxes and
 * the days do the same, with the form's button.
 *
 * The newest that is shown is the strongest: the same rule as in incidents/layering.py.
 */
const STRENGTHS = 4;

class BodyLayers {
  constructor(form) {
    this.form = form;
    this.slider = form.querySelector("[data-layers-slider] input");
    this.until = form.querySelector("[data-layers-until]");
    this.status = form.querySelector("[data-layers-status]");
    // The legend's newest is first; the slider goes from the oldest on.
    this.layers = [...form.querySelectorAll("[data-layer]")].reverse().map((line) => ({
      line,
      day: line.dataset.layerDay,
      box: line.querySelector("input"),
      key: line.querySelector("[data-layer-key]"),
      drawn: [...form.querySelectorAll(`[data-layer-drawn="${line.dataset.layer}"]`)],
    }));
    if (this.layers.length > 1) form.querySelector("[data-layers-slider]").hidden = false;
    this.slider.addEventListener("input", () => this.show());
    for (const { box } of this.layers) box.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const last = Number(this.slider.value);
    const shown = this.layers.filter(({ box }, place) => box.checked && place < last);
    this.layers.forEach((layer, place) => {
      const newer = shown.length - 1 - shown.indexOf(layer);
      const strength = shown.includes(layer) ? Math.floor((newer * STRENGTHS) / shown.length) : STRENGTHS - 1;
      for (const drawn of layer.drawn) {
        drawn.setAttribute("class", `body-layer body-layer--${strength}${shown.includes(layer) ? "" : " body-layer--off"}`);
      }
      layer.key.className = `body-layers__key body-layer--${strength}`;
      layer.line.classList.toggle("body-layers__one--later", place >= last);
    });
    for (const drawing of this.form.querySelectorAll("[data-layers-view]")) {
      const labels = [...drawing.querySelectorAll(".body-layer:not(.body-layer--off) text")].map((text) => text.textContent);
      drawing.setAttribute("aria-label", `${drawing.dataset.layersView}: ${labels.join(", ") || "no mark is shown"}`);
    }
    this.say(last, shown.length);
  }

  say(last, shown) {
    const upTo = `${this.layers[last - 1].day}, ${last} of ${this.layers.length}`;
    this.slider.setAttribute("aria-valuetext", upTo);
    this.until.textContent = upTo;
    this.status.textContent = `${shown} of ${this.layers.length} incidents shown.`;
  }
}

for (const form of document.querySelectorAll("[data-body-layers]")) new BodyLayers(form);
