// Passkeys and security keys. A form with data-key asks the server what to have signed (data-key-url),
// lets the browser's own dialogue have it signed, puts the answer into its hidden field and is sent.
// Without this script, or in a browser without keys, the part stays hidden and codes do as before.

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function added(options) {
  const key = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  return answered(key, {
    attestationObject: text(key.response.attestationObject),
    transports: key.response.getTransports?.() ?? [],
  });
}

async function used(options) {
  const key = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  return answered(key, {
    authenticatorData: text(key.response.authenticatorData),
    signature: text(key.response.signature),
  });
}

function answered(key, response) {
  return JSON.stringify({
    id: key.id,
    rawId: text(key.rawId),
    type: key.type,
    response: { ...response, clientDataJSON: text(key.response.clientDataJSON) },
    clientExtensionResults: key.getClientExtensionResults(),
  });
}

const isEmpty = (field) =>
  field.matches("input:not([type=hidden]):not([type=checkbox])") && !field.value.trim();

async function ask(form) {
  const token = form.elements.csrfmiddlewaretoken.value;
  const headers = { "X-CSRFToken": token };
  const reply = await fetch(form.dataset.keyUrl, { method: "POST", headers });
  if (!reply.ok) throw new Error("not asked");
  const options = await reply.json();
  return form.dataset.key === "add" ? added(options) : used(options);
}

for (const form of document.querySelectorAll("form[data-key]")) {
  const part = form.querySelector("[data-key-part]");
  const said = form.querySelector("[data-key-said]");
  if (!window.PublicKeyCredential || !part) continue;
  part.hidden = false;
  part.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    said.textContent = "";
    if (form.dataset.key === "add" && [...form.elements].some(isEmpty)) {
      form.requestSubmit(); // the page says what is missing
      return;
    }
    try {
      form.querySelector("[data-key-answer]").value = await ask(form);
    } catch (problem) {
      said.textContent =
        problem.name === "InvalidStateError"
          ? "This key is known here already."
          : "The key did not answer, or you ended it. Try again, or use a code.";
      return;
    }
    form.requestSubmit();
  });
}
