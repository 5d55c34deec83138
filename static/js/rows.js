// A whole table row opens what its first link opens: in the drawer on wide screens, as a page on small ones.
// What is open is in the address (?open=<id>): reloading or sharing it opens the same, Back closes it.
(() => {
  const wide = matchMedia("(min-width: 75.01rem)");
  const drawer = () => document.getElementById("drawer");

  const mark = (row) => {
    for (const other of document.querySelectorAll("tr[aria-selected]")) other.removeAttribute("aria-selected");
    row?.setAttribute("aria-selected", "true");
  };

  const load = (url) => htmx.ajax("GET", url, { target: drawer(), swap: "innerHTML" });
  const show = (row) => load(row.dataset.drawer);

  const idOf = (url) => url.split("/").filter(Boolean).at(-1);
  const addressed = () => new URLSearchParams(location.search).get("open");
  const addressWith = (id) => {
    const address = new URL(location.href);
    if (id) address.searchParams.set("open", id);
    else address.searchParams.delete("open");
    return address;
  };
  // One step back closes what is open, however many rows were gone through meanwhile.
  const remember = (id) => {
    if (addressed()) history.replaceState(history.state, "", addressWith(id));
    else history.pushState({ opened: true }, "", addressWith(id));
  };

  // The row before or after the one that is open; false where none is open.
  const step = (by) => {
    const rows = [...document.querySelectorAll("tr[data-drawer]")];
    const here = rows.findIndex((row) => row.hasAttribute("aria-selected"));
    if (here < 0 || !drawer()?.childElementCount) return false;
    const next = rows[here + by];
    if (next) {
      open(next);
      next.scrollIntoView({ block: "nearest" });
    }
    return true;
  };

  const open = (row) => {
    const target = drawer();
    if (!target || !wide.matches || !row.dataset.drawer) {
      location.assign(row.dataset.href);
      return;
    }
    remember(idOf(row.dataset.drawer));
    show(row).then(() => {
      mark(row);
      target.querySelector("[data-drawer-close]")?.focus();
    });
  };

  const empty = () => {
    drawer()?.replaceChildren();
    const row = document.querySelector("tr[aria-selected]");
    mark(null);
    row?.querySelector("a")?.focus();
  };

  const close = () => {
    if (!drawer()?.childElementCount) return;
    if (history.state?.opened) history.back();
    else {
      history.replaceState(history.state, "", addressWith(null));
      empty();
    }
  };

  // Open what the address says, or nothing. It may stand on another page of the list by now.
  const follow = () => {
    const id = addressed();
    const target = drawer();
    if (!target || !id || !/^[0-9a-f-]{36}$/i.test(id)) {
      if (target?.childElementCount) empty();
      return;
    }
    const row = [...document.querySelectorAll("tr[data-drawer]")].find((one) => idOf(one.dataset.drawer) === id);
    const url = row?.dataset.drawer || `${location.pathname}${id}/`;
    if (!wide.matches) {
      location.replace(url);
      return;
    }
    load(url).then(() => {
      // Closed, or another one opened, while this one was on its way.
      if (addressed() !== id) return;
      mark(row);
      target.querySelector("[data-drawer-close]")?.focus({ preventScroll: true });
    });
  };
  window.addEventListener("popstate", follow);
  if (addressed()) follow();

  document.addEventListener("click", (event) => {
    const stepper = event.target.closest("[data-drawer-step]");
    if (stepper) {
      step(Number(stepper.dataset.drawerStep));
      return;
    }
    if (event.target.closest("[data-drawer-close]")) {
      close();
      return;
    }
    const row = event.target.closest("tr[data-href]");
    if (!row || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a, button, input, label, summary");
    if (link && link.getAttribute("href") !== row.dataset.href) return;
    if (!link && getSelection()?.toString()) return;
    event.preventDefault();
    open(row);
  });
  document.addEventListener("row-step", (event) => { if (step(event.detail)) event.preventDefault(); });
  // What is open beside the list follows its row.
  document.body.addEventListener("live-drawn", () => {
    const row = document.querySelector("tr[aria-selected].is-changed");
    const target = drawer();
    if (!row || !target?.childElementCount) return;
    const isInside = target.contains(document.activeElement);
    show(row).then(() => { if (isInside) target.querySelector("[data-drawer-close]")?.focus({ preventScroll: true }); });
  });

  // Ticks: one box for all of the page, and how many there are.
  const ticks = () => [...document.querySelectorAll("td input[name='selected'], th input[name='selected']")];
  const count = () => {
    const number = ticks().filter((tick) => tick.checked).length;
    const all = document.querySelector("[data-tick-all]");
    if (all) {
      all.hidden = false;
      all.checked = number > 0 && number === ticks().length;
      all.indeterminate = number > 0 && !all.checked;
    }
    for (const word of document.querySelectorAll("[data-ticked]")) word.textContent = word.dataset.many.replace("%s", number);
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const tick of ticks()) tick.checked = event.target.checked;
    count();
  });
  document.addEventListener("reset", () => setTimeout(count));
  window.addEventListener("pageshow", count);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  });
})();
