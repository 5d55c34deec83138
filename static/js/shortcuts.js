// Keys for people who live on this page. Single keys can be switched off (WCAG 2.1.4).
(() => {
  const places = { h: "/", o: "/orders/", p: "/payments/", t: "/terminals/", r: "/reconciliation/", i: "/inbox/" };
  const goWaitMs = 1200;
  let goUntil = 0;

  // Kept with the person; the box in the dialog changes it for this page too.
  const toggle = document.querySelector("[data-single-keys]");
  const enabled = () => toggle === null || toggle.checked;

  const search = () => {
    const visible = [...document.querySelectorAll(".filters input[type='search'], #find")].find((input) => input.offsetParent);
    visible?.focus();
    visible?.select();
    return Boolean(visible);
  };

  const move = (step) => {
    const asked = new CustomEvent("row-step", { detail: step, cancelable: true });
    if (!document.dispatchEvent(asked)) return;
    const links = [...document.querySelectorAll("[data-move] a[href], tr[data-href]")]
      .map((item) => (item.matches("tr") ? item.querySelector("a") : item)).filter(Boolean);
    if (!links.length) return;
    const focused = links.indexOf(document.activeElement);
    const here = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, here + step))];
    next.focus();
    astray()?.click();
  };

  // A row of the workbench that has the focus and is not the one shown beside it: it is opened, and no key decides about the other meanwhile.
  const astray = () => document.activeElement?.closest("[data-move] a[href]:not([aria-current])");

  const tick = () => {
    const row = document.activeElement?.closest("tr") || document.querySelector("tr[aria-selected]");
    row?.querySelector("input[type='checkbox'][name='selected']")?.click();
  };

  const choose = (number) => {
    if (astray()) { astray().click(); return; }
    const option = document.querySelector(`[data-numbered] input[data-number="${number}"]`);
    option?.click();
    option?.focus();
  };

  const send = () => {
    if (astray()) { astray().click(); return; }
    const form = document.activeElement?.closest("form") || document.querySelector("form[data-main]");
    form?.requestSubmit();
  };

  // What `?` shows is what this page has: lines of parts that are there, and every act with a key of its own.
  const help = document.getElementById("shortcuts");
  const listHere = () => {
    const here = help.querySelector("[data-keys-here]");
    for (const line of here.querySelectorAll("[data-act]")) line.remove();
    for (const line of here.querySelectorAll("[data-when]")) line.hidden = !document.querySelector(line.dataset.when);
    for (const act of document.querySelectorAll("[data-shortcut]")) {
      const line = document.createElement("div");
      line.dataset.act = "";
      const name = document.createElement("dt");
      const key = document.createElement("span");
      key.className = "kbd";
      key.textContent = act.dataset.shortcut.toUpperCase();
      name.append(key);
      const words = document.createElement("dd");
      words.textContent = act.getAttribute("aria-label") || act.textContent.trim();
      line.append(name, words);
      here.append(line);
    }
    help.querySelector("[data-keys-none]").hidden = Boolean(here.querySelector("div:not([hidden])"));
  };
  new MutationObserver(() => { if (help.open) listHere(); }).observe(help, { attributeFilter: ["open"] });

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const command = event.metaKey || event.ctrlKey;
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
    else if (key === "?") help.showModal();
    else if (key === "x") tick();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (/^[1-9]$/.test(key)) choose(Number(key));
    else document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`)?.click();
  });
})();
