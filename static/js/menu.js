// Menus are <details>. This only closes them: on Escape, on a click elsewhere, when another one opens.
(() => {
  const open = () => document.querySelectorAll("details.menu[open], details.sheet[open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
