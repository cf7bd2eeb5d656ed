/*
 * data-poll="/address": asks the server for this piece of the page again, every data-poll-every
 * seconds (2 when unsaid), until the piece that comes back has no data-poll. It goes out marked as
 * a poll, so that a page left open does not keep its session alive.
 */
const HEADERS = { "X-Safeguard-Poll": "1" };

/* The one place where text becomes markup: the content policy lets this name do it, and no other. */
const OURS = globalThis.trustedTypes?.createPolicy("safeguard-piece", { createHTML: (html) => html });

function parse(html) {
  return new DOMParser().parseFromString(OURS ? OURS.createHTML(html) : html, "text/html").body.firstElementChild;
}

function follow(piece) {
  const every = Number(piece.dataset.pollEvery || 2) * 1000;
  setTimeout(async () => {
    if (!piece.isConnected) return;
    try {
      const answer = await fetch(piece.dataset.poll, { headers: HEADERS, redirect: "manual" });
      const next = answer.ok ? parse(await answer.text()) : null;
      if (next) {
        piece.replaceWith(next);
        piece = next;
      } else if (answer.status !== 503) {
        return;
      }
    } catch {
      // No network for the moment: ask again.
    }
    if (piece.dataset.poll) follow(piece);
  }, every);
}

document.querySelectorAll("[data-poll]").forEach(follow);
