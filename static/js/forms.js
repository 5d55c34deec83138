// Busy buttons, so that one press is one request; empty filters are left out of the URL.
(() => {
  const busy = (form, on) => {
    for (const button of form.querySelectorAll("button:not([type='button'])")) {
      if (button.closest("form") !== form) continue;
      if (on) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  };

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

  const release = (form) => {
    delete form.dataset.sent;
    busy(form, false);
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (form) release(form);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form")) {
      release(form);
      if (form.hasAttribute("data-tidy")) for (const input of form.elements) input.disabled = false;
    }
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
