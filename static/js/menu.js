// Menus are <details>. This only closes them: on Escape, on a click elsewhere, when another one opens.
// On a low screen the rail is longer than the window: it begins where the page's own entry is seen.
(() => {
  const rail = document.querySelector(".app > .rail");
  const current = rail?.querySelector("[aria-current]");
  if (current && current.offsetTop + current.offsetHeight > rail.clientHeight) rail.scrollTop = current.offsetTop - rail.clientHeight / 2;

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
