/*
 * data-send-files="/address": files go to the server as soon as they are chosen, dropped or taken with the
 * camera, one after another, each with its progress; what is written around them is not touched. Without
 * this script the field sends them with the form.
 *
 * Each file has an id that is made up here and stands in its address. So one that is sent again after a
 * broken connection is kept once, and one whose receipt never came can be taken back. A form that is sent
 * while files are under way waits for them, and is then sent by itself.
 */
const PLACE = "00000000-0000-0000-0000-000000000000";
const PAUSES = [1, 3, 8, 20, 40]; // seconds before each try after the first
const SILENCE = 60_000; // without any progress for so long a connection counts as broken
const MOMENT = 2_000;
const MEGABYTE = 1024 * 1024;
const SIGNED_OUT =
  "Not sent: you are no longer signed in on this page. Open Safeguard again; your draft is on your home page.";
const BROKEN = "The connection is broken: trying again by itself. Your words are not affected.";
const NOT_SENT = "Not sent: the connection is broken.";

function size(bytes) {
  if (bytes < MEGABYTE) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

function counted(number) {
  return number === 1 ? "1 file" : `${number} files`;
}

function button(text, name, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link-button";
  const whole = document.createElement("span");
  whole.className = "govuk-visually-hidden";
  whole.textContent = ` ${name}`;
  made.append(text, whole);
  made.addEventListener("click", press);
  return made;
}

function span(className, text = "") {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

/* One file on its way: waiting, sending, checking, pausing, failed, refused, kept or gone. */
class Sending {
  constructor(sender, file) {
    this.sender = sender;
    this.file = file;
    this.id = crypto.randomUUID();
    this.state = "waiting";
    this.tries = 0;
    this.row = document.createElement("li");
    this.row.className = "files__item";
    this.row.dataset.file = this.id;
    this.name = span("files__name", file.name || "photo");
    this.detail = span("quiet small", size(file.size));
    this.said = span("files__said small");
    this.bar = document.createElement("progress");
    this.bar.className = "files__bar";
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Sending ${this.label}`);
    this.again = button("Try again", this.label, () => this.tryAgain());
    this.again.hidden = true;
    this.off = button("Remove", this.label, () => this.remove());
    const buttons = span("files__buttons");
    buttons.append(this.again, this.off);
    this.row.append(this.name, this.detail, this.said, this.bar, buttons);
    this.show("waiting", "Waits its turn");
  }

  get label() {
    return this.file.name || "photo";
  }

  get isUnderWay() {
    return ["waiting", "sending", "checking", "pausing"].includes(this.state);
  }

  show(state, text = "") {
    this.state = state;
    this.row.dataset.state = state;
    this.said.textContent = text;
    this.bar.hidden = !["sending", "checking"].includes(state);
    this.again.hidden = !["failed", "pausing"].includes(state);
  }

  refuse(sentence) {
    this.show("refused", sentence);
    this.sender.announce(sentence);
    this.sender.next();
  }

  send() {
    this.tries += 1;
    this.show("sending", "0 %");
    this.bar.value = 0;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.sender.token());
    body.append("file", this.file, this.label);
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("POST", this.sender.addressOf(this.id));
    // A retry is the machine's doing and keeps no session alive; the first try is the person's.
    if (this.tries > 1) request.setRequestHeader("X-Safeguard-Poll", "1");
    request.upload.addEventListener("progress", (event) => this.progress(event));
    request.addEventListener("load", () => this.answered(request));
    for (const kind of ["error", "abort"]) request.addEventListener(kind, () => this.broken());
    this.watch();
    request.send(body);
  }

  /* The browser itself would wait for minutes where a telephone has changed from one net to another. */
  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.request?.abort(), SILENCE);
  }

  progress(event) {
    this.watch();
    const percent = Math.floor((event.loaded / event.total) * 100);
    this.bar.value = percent;
    if (percent >= 100) this.show("checking", "Being checked");
    else this.said.textContent = `${percent} %`;
  }

  answered(request) {
    this.finish();
    const answer = this.read(request);
    if (this.state === "gone") this.sender.takeBack(this.id);
    else if (request.status === 200 && answer?.name) this.kept(answer);
    else if (answer?.refused) this.refuse(answer.refused);
    else if (request.status === 413) this.refuse(`“${this.label}” is too large. Choose a smaller file.`);
    else if (this.isTurnedAway(request)) this.fail(SIGNED_OUT);
    else this.pause();
    this.sender.next();
  }

  isTurnedAway(request) {
    const elsewhere = new URL(request.responseURL).pathname !== this.sender.addressOf(this.id);
    return elsewhere || [401, 403, 404].includes(request.status);
  }

  /* What says 200 and is no answer of ours, as from a café's network, counts as a broken connection. */
  read(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return null;
    }
  }

  kept(answer) {
    this.name.textContent = answer.name;
    this.detail.textContent = answer.detail;
    this.show("kept", "Added");
    this.sender.announce(`${answer.name} is added.`);
    this.sender.changed();
  }

  broken() {
    if (!this.request) return;
    this.finish();
    if (this.state === "gone") this.sender.takeBack(this.id);
    else this.pause();
    this.sender.next();
  }

  finish() {
    clearTimeout(this.silence);
    this.request = null;
  }

  pause() {
    const seconds = PAUSES[this.tries - 1];
    if (seconds === undefined) {
      this.fail(NOT_SENT);
      return;
    }
    this.show("pausing", BROKEN);
    if (this.tries === 1) this.sender.announce(`${this.label}: ${BROKEN}`);
    this.timer = setTimeout(() => this.resume(), seconds * 1000);
  }

  resume() {
    if (this.state !== "pausing") return;
    clearTimeout(this.timer);
    this.show("waiting", "Waits its turn");
    this.sender.next();
  }

  tryAgain() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.show("waiting", "Waits its turn");
    this.off.focus();
    this.sender.next();
  }

  fail(text) {
    this.show("failed", text);
    this.sender.announce(`${this.label}. ${text}`);
  }

  /* What has gone out whole may be kept already: it is taken back when the answer is there. */
  remove() {
    clearTimeout(this.timer);
    const { request, state } = this;
    this.state = "gone";
    if (request && state === "sending") {
      this.finish();
      request.abort();
      // Its last piece may have been out already.
      setTimeout(() => this.sender.takeBack(this.id), MOMENT);
    }
    if (!request && this.tries) this.sender.takeBack(this.id);
    this.sender.gone(this);
  }
}

class Sender {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.list = box.querySelector("[data-waiting-files]");
    this.input = box.querySelector("input[type=file]");
    this.waits = this.form.querySelector("[data-waits-for-files]");
    this.sendings = [];
    this.wanted = null; // the button with which the form was sent while files were under way

    this.status = document.createElement("p");
    this.status.className = "govuk-visually-hidden";
    this.status.setAttribute("role", "status");
    box.append(this.status);

    // Before the field's own script and the autosave hear of it.
    box.addEventListener("change", (event) => this.chosen(event), true);
    box.addEventListener("click", (event) => this.pressed(event));
    document.addEventListener("submit", (event) => this.submitted(event), true);
    addEventListener("online", () => this.sendings.forEach((sending) => sending.resume()));
    addEventListener("beforeunload", (event) => {
      if (this.isUnderWay && !document.documentElement.classList.contains("covered")) {
        event.preventDefault();
      }
    });
    this.makeDropZone();
    this.makeCamera();
  }

  get isUnderWay() {
    return this.sendings.some((sending) => sending.isUnderWay);
  }

  token() {
    return this.form.elements.csrfmiddlewaretoken.value;
  }

  addressOf(id) {
    return this.box.dataset.sendFiles.replace(PLACE, id);
  }

  announce(text) {
    this.status.textContent = text;
  }

  /* The draft has to be there, so that a file is found again by whoever opens it. */
  changed() {
    this.form.dispatchEvent(new Event("input"));
  }

  chosen(event) {
    if (event.target.type !== "file") return;
    event.stopPropagation();
    this.add([...event.target.files]);
    event.target.value = "";
  }

  add(files) {
    if (!files.length) return;
    this.announce(`${counted(files.length)} being sent.`);
    for (const file of files) {
      const sending = new Sending(this, file);
      this.sendings.push(sending);
      this.list.append(sending.row);
      const refusal = this.refusalOf(file);
      if (refusal) sending.refuse(refusal);
    }
    this.next();
  }

  /* Said at once, instead of after a minute of sending; the server has the last word. */
  refusalOf(file) {
    const most = Number(this.box.dataset.mostBytes);
    if (file.size > most) {
      return `“${file.name}” is larger than ${size(most)}. Choose a smaller file.`;
    }
    return "";
  }

  next() {
    if (!this.sendings.some((sending) => sending.request)) {
      this.sendings.find((sending) => sending.state === "waiting")?.send();
    }
    this.goOn();
  }

  gone(sending) {
    const rows = [...this.list.children];
    const beside = rows[rows.indexOf(sending.row) + 1] ?? rows[rows.indexOf(sending.row) - 1];
    sending.row.remove();
    this.sendings = this.sendings.filter((other) => other !== sending || other.request);
    this.announce(`${sending.label} is removed.`);
    (beside?.querySelector("button:not([hidden])") ?? this.input).focus();
    this.next();
  }

  async takeBack(id) {
    const body = new URLSearchParams({ csrfmiddlewaretoken: this.token() });
    const address = `${this.addressOf(id)}take-back/`;
    for (const seconds of [...PAUSES, null]) {
      try {
        const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
        if (answer.status === 204) return true;
      } catch {
        // No network: once more, below.
      }
      if (seconds !== null) await new Promise((done) => setTimeout(done, seconds * 1000));
    }
    this.announce("A file that you removed could not be taken back. Open this page again, and look.");
    return false;
  }

  /* A file that was there when the page was drawn: the button would send the whole form for it. */
  async pressed(event) {
    const pressed = event.target.closest("button[type=submit]");
    const row = pressed?.closest("[data-file]");
    if (!row) return;
    event.preventDefault();
    pressed.setAttribute("aria-disabled", "true");
    if (await this.takeBack(row.dataset.file)) {
      row.remove();
      this.announce(`${row.querySelector(".files__name").textContent} is removed.`);
      this.input.focus();
    }
  }

  submitted(event) {
    if (event.target !== this.form) return;
    const failed = this.sendings.find((sending) => sending.state === "failed");
    if (!this.isUnderWay && !failed) return;
    event.preventDefault();
    event.stopPropagation();
    if (failed) {
      this.wanted = null;
      this.say("A file was not sent. Try it again or remove it, then go on.");
      failed.again.focus();
      return;
    }
    this.wanted = event.submitter ?? true;
    this.say();
  }

  /* While somebody waits to go on: say for how many, and go when the last is there. */
  goOn() {
    const trouble = this.sendings.find((sending) => ["failed", "refused"].includes(sending.state));
    if (!this.wanted) {
      if (!trouble) this.say("");
      return;
    }
    if (trouble && !this.isUnderWay) {
      this.wanted = null;
      this.say("Not every file was added: see the list. Then go on.");
      (trouble.again.hidden ? trouble.off : trouble.again).focus();
    } else if (this.isUnderWay) {
      this.say();
    } else {
      const wanted = this.wanted;
      this.wanted = null;
      this.say("");
      this.form.requestSubmit(wanted === true ? undefined : wanted);
    }
  }

  say(text) {
    const under = this.sendings.filter((sending) => sending.isUnderWay).length;
    const said = text ?? `Goes on by itself when ${counted(under)} ${under === 1 ? "is" : "are"} sent.`;
    if (!this.waits || this.waits.textContent === said) return;
    this.waits.textContent = said;
    this.waits.hidden = !said;
    if (said) this.announce(said);
  }

  makeDropZone() {
    const zone = this.input.closest(".govuk-form-group");
    zone.classList.add("drop-zone");
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    for (const kind of ["dragover", "drop"]) {
      // A file that is dropped beside the zone would replace the page, and the words on it.
      addEventListener(kind, (event) => holdsFiles(event) && event.preventDefault());
    }
    let inside = 0;
    const mark = (by) => {
      inside = by ? Math.max(0, inside + by) : 0;
      zone.classList.toggle("drop-zone--over", inside > 0);
    };
    zone.addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
    zone.addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
    zone.addEventListener("drop", (event) => {
      mark(0);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
    const hint = span("drop-zone__hint quiet small no-touch", "You can also drop files here.");
    this.input.closest("[data-file-list]").append(hint);
  }

  /* Where there is a finger there is mostly a camera; the field itself offers it too. */
  makeCamera() {
    if (!matchMedia("(any-pointer: coarse)").matches) return;
    const camera = document.createElement("input");
    camera.type = "file";
    camera.accept = "image/*";
    camera.setAttribute("capture", "environment");
    camera.hidden = true;
    camera.dataset.camera = "";
    const take = document.createElement("button");
    take.type = "button";
    take.className = "govuk-button govuk-button--secondary take-photo";
    take.textContent = "Take a photo";
    take.addEventListener("click", () => camera.click());
    this.input.closest("[data-file-list]").append(take, camera);
  }
}

document.querySelectorAll("[data-send-files]").forEach((box) => new Sender(box));
