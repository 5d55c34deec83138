// The icons, once in the page: those of a file outside it are asked for again whenever something is drawn, and until they are there no icon of the page is seen.
let before = `${document.body.dataset.icons}#`;
fetch(document.body.dataset.icons).then((answer) => answer.text()).then(keep).catch(() => { /* They are drawn from outside then. */ });

export const iconAddress = (name) => before + name;

function keep(text) {
  const sprite = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = `icon-${symbol.id}`;
  sprite.setAttribute("hidden", "");
  document.body.prepend(sprite);
  before = "#icon-";
  for (const use of document.querySelectorAll("use")) use.setAttribute("href", iconAddress(use.getAttribute("href").split("#").at(-1)));
}
