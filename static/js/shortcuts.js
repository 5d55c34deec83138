// Keys for people who live on this page. Single keys can be switched off (WCAG 2.1.4).
(() => {
  const storage = "tillsyn-single-keys";
  const places = { h: "/", o: "/orders/", p: "/payments/", t: "/terminals/", r: "/reconciliation/" };
  const goWaitMs = 1200;
  let goUntil = 0;

  const enabled = () => {
    try { return localStorage.getItem(storage) !== "off"; } catch { return true; }
  };
  const toggle = document.querySelector("[data-single-keys]");
  if (toggle) {
    toggle.checked = enabled();
    toggle.addEventListener("change", () => {
      try { localStorage.setItem(storage, toggle.checked ? "on" : "off"); } catch { /* for this page only */ }
    });
  }

  const search = () => {
    const visible = [...document.querySelectorAll(".filters input[type='search'], #find")].find((input) => input.offsetParent);
    visible?.focus();
    visible?.select();
    return Boolean(visible);
  };

  const move = (step) => {
    const links = [...document.querySelectorAll("[data-move] a[href], tr[data-href]")]
      .map((item) => (item.matches("tr") ? item.querySelector("a") : item)).filter(Boolean);
    if (!links.length) return;
    const here = links.findIndex((link) => link === document.activeElement || link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, here + step))];
    next.focus();
  };

  const choose = (number) => {
    const option = document.querySelectorAll("[data-numbered] input[type='radio']")[number - 1];
    option?.click();
    option?.focus();
  };

  const send = () => {
    const form = document.activeElement?.closest("form") || document.querySelector("form[data-main]");
    form?.requestSubmit();
  };

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const command = event.metaKey || event.ctrlKey;
    if (command && key === "k") {
      event.preventDefault();
      search();
      return;
    }
    if (command && key === "enter") {
      event.preventDefault();
      send();
      return;
    }
    const typing = event.target.closest("input:not([type='radio'], [type='checkbox']), select, textarea");
    if (command || event.altKey || typing || !enabled() || document.querySelector("dialog[open]")) return;
    if (Date.now() < goUntil && places[key]) {
      goUntil = 0;
      location.assign(places[key]);
      return;
    }
    if (key === "g") goUntil = Date.now() + goWaitMs;
    else if (key === "/") { if (search()) event.preventDefault(); }
    else if (key === "?") document.getElementById("shortcuts")?.showModal();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (/^[1-9]$/.test(key)) choose(Number(key));
    else document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`)?.click();
  });
})();
