// The shopper's pages work without this: it keeps a form from being sent twice by one hand and asks for the result more quietly than a reload does.
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

const waiting = document.querySelector("[data-poll]");
if (waiting) {
  const pause = waiting.dataset.stage === "unknown" ? 5000 : 1000;
  const ask = async () => {
    try {
      const answer = await fetch(waiting.dataset.poll, { cache: "no-store", headers: { Accept: "application/json" } });
      const state = await answer.json();
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
