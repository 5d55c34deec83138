// The screens beside the sale: each registers itself here, `main.js` draws the buttons that open them.
//
//   register("parked", { title: () => t("parked"), icon: "layers", place: "bar", open, badge })
//     place   "bar" for a button of its own, "menu" for a line behind "More", "tab" beside the categories
//     open    (part, { close, refreshBadges }) draws into `part`; may return a function that is called when the screen is left
//     badge   optional, () => number that waits
const registered = new Map();
let current = null;
let stage = null;
const watchers = new Set();

export function register(name, screen) {
  registered.set(name, { place: "menu", ...screen });
}

export const list = (place) => [...registered].filter(([, screen]) => screen.place === place).map(([name, screen]) => ({ name, ...screen }));
export const currentName = () => current?.name || null;

export function useStage(part, onChange) {
  stage = part;
  watchers.add(onChange);
}

export async function show(name, context = {}) {
  leave();
  const screen = registered.get(name);
  current = { name, ended: null };
  changed();
  const mine = current;
  const ended = await screen.open(stage, { close, refreshBadges: changed, ...context });
  if (current === mine) mine.ended = ended;
  else if (typeof ended === "function") ended();
}

export function close() {
  leave();
  changed();
}

export function refreshBadges() {
  changed();
}

function leave() {
  if (typeof current?.ended === "function") current.ended();
  current = null;
}

function changed() {
  for (const watcher of watchers) watcher();
}
