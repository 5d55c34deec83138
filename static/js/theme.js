// Runs before the first paint, so that a pinned theme never flashes the other one.
(() => {
  const key = "tillsyn-theme";
  const root = document.documentElement;

  const stored = () => {
    try { return localStorage.getItem(key) || "system"; } catch { return "system"; }
  };
  const apply = (choice) => {
    if (choice === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", choice);
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => {
    apply(stored());
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-theme-choice]");
      if (!button) return;
      try { localStorage.setItem(key, button.dataset.themeChoice); } catch { /* private mode: for this page only */ }
      apply(button.dataset.themeChoice);
    });
  });
})();
