// A whole table row opens what its first link opens: in the drawer on wide screens, as a page on small ones.
(() => {
  const wide = matchMedia("(min-width: 75.01rem)");
  const drawer = () => document.getElementById("drawer");

  const mark = (row) => {
    for (const other of document.querySelectorAll("tr[aria-selected]")) other.removeAttribute("aria-selected");
    row?.setAttribute("aria-selected", "true");
  };

  const open = (row) => {
    const target = drawer();
    if (!target || !wide.matches || !row.dataset.drawer) {
      location.assign(row.dataset.href);
      return;
    }
    htmx.ajax("GET", row.dataset.drawer, { target, swap: "innerHTML" }).then(() => {
      mark(row);
      target.querySelector("[data-drawer-close]")?.focus();
    });
  };

  const close = () => {
    const target = drawer();
    if (!target?.childElementCount) return false;
    target.replaceChildren();
    const row = document.querySelector("tr[aria-selected]");
    mark(null);
    row?.querySelector("a")?.focus();
    return true;
  };

  document.addEventListener("click", (event) => {
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
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  });
})();
