// Busy buttons, so that one press is one request; empty filters are left out of the URL; buttons that print.
(() => {
  const busy = (form, on) => {
    for (const button of form.querySelectorAll("button:not([type='button'])")) {
      if (button.closest("form") !== form) continue;
      if (on) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("click", (event) => { if (event.target.closest("button[data-print]")) window.print(); });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.hasAttribute("data-tidy")) {
      for (const input of form.elements) if (input.name && input.value === "") input.disabled = true;
      return;
    }
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "yes";
    busy(form, true);
  }, true);

  // A field that belongs to one choice is shown while that choice is made.
  const showOnly = () => {
    for (const field of document.querySelectorAll("[data-only-for]")) {
      const [name, values] = field.dataset.onlyFor.split("=");
      const chosen = field.closest("form")?.elements.namedItem(name);
      field.hidden = !chosen || !values.split(" ").includes(chosen.value);
    }
  };
  document.addEventListener("change", showOnly);
  document.addEventListener("htmx:load", showOnly);
  showOnly();

  const release = (form) => {
    delete form.dataset.sent;
    busy(form, false);
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (form) release(form);
  });
  window.addEventListener("pageshow", () => {
    showOnly();
    for (const form of document.querySelectorAll("form")) {
      release(form);
      if (form.hasAttribute("data-tidy")) for (const input of form.elements) input.disabled = false;
    }
  });

  // What comes back adds up to the amount, which stays free to change; the button says the amount it moves.
  const write = (input, minor) => {
    const digits = Number(input.dataset.digits);
    input.value = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(minor / 10 ** digits);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const say = (input) => {
    const words = document.getElementById(input.dataset.says);
    const typed = input.value.trim().replace(",", ".");
    const digits = Number(input.dataset.digits);
    const shape = { style: "currency", currency: words.dataset.before, minimumFractionDigits: digits, maximumFractionDigits: digits };
    const amount = /^\d+(\.\d+)?$/.test(typed) && Number(typed);
    // Above the person's limit the press asks somebody else first, and says so.
    const act = input.form?.querySelector("[data-above]");
    if (act) act.textContent = input.dataset.limit && amount * 10 ** digits > Number(input.dataset.limit) + 0.5 ? act.dataset.above : act.dataset.within;
    words.textContent = amount ? new Intl.NumberFormat(document.documentElement.lang, shape).format(amount) : "";
  };
  document.addEventListener("input", (event) => {
    const { adds, says } = event.target.dataset;
    if (adds) {
      const input = document.getElementById(adds);
      const lines = [...event.target.form.querySelectorAll("[data-adds]")];
      const minor = lines.reduce((sum, line) => sum + Number(line.value) * Number(line.dataset.unit), 0);
      write(input, Math.min(minor, Number(input.dataset.most)));
    }
    if (says) say(event.target);
  });
  // A form that comes back with an error still has its amount.
  const sayAll = (part) => part.querySelectorAll("[data-says]").forEach(say);
  document.addEventListener("htmx:load", (event) => sayAll(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => sayAll(document));

  // Copies the text of another element; without a clipboard the button is not there.
  const copyButtons = () => document.querySelectorAll("[data-copies]");
  if (navigator.clipboard) for (const button of copyButtons()) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
    button.querySelector("[data-word]").textContent = button.dataset.done;
  });

  // Choices that show or change other parts: "all of the rest" fills the amount of the refund dialog.
  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fills]");
    if (!fill) return;
    const input = document.getElementById(fill.dataset.fills);
    input.value = fill.dataset.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
})();
