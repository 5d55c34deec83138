// The shopper's pages work without this: it keeps a form from being sent twice by one hand and asks for news more quietly than a reload does.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
  });
}
// A page that comes back from the browser's memory is asked for anew: the order may be paid by now.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// What the gateway sent back into our frame leads the whole page on.
const way = document.querySelector("[data-out]");
if (way && window.top !== window.self) window.top.location.replace(way.dataset.out);

const news = async (address) => {
  const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

const waiting = document.querySelector("[data-poll]");
if (waiting) {
  const pause = waiting.dataset.stage === "unknown" ? 5000 : 1000;
  const ask = async () => {
    try {
      const state = await news(waiting.dataset.poll);
      if (state.stage !== waiting.dataset.stage) {
        location.replace(state.path);
        return;
      }
    } catch {
      // Asked again below: a lost connection says nothing about the payment.
    }
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}

// The order's page changes by itself. Only the story is drawn anew: what somebody is writing stays.
const watched = () => document.querySelector("[data-watch]");
if (watched()) {
  // 3 s after a payment, when the receipt is being written; then slower and slower, to half a minute.
  let pause = 3000;
  const look = async () => {
    const story = watched();
    if (!story) return;
    try {
      if (!document.hidden && (await news(story.dataset.watch)).mark !== story.dataset.mark) {
        const page = await (await fetch(location.href, { cache: "no-store" })).text();
        const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("story");
        if (fresh) story.replaceWith(document.adoptNode(fresh));
        pause = 3000;
      }
    } catch {
      // Asked again below.
    }
    pause = Math.min(pause * 1.25, 30000);
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
