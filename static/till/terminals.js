// The card terminals of this store, and which one this till sends payments to.
import * as api from "./api.js";
import { ask, h, status } from "./dom.js";
import { place } from "./place.js";
import * as store from "./store.js";
import { t } from "./words.js";

const LOOKS = {
  ready: ["good", "circle-check"],
  in_payment: ["info", "nfc"],
  unknown: ["warn", "circle-question-mark"],
  needs_care: ["warn", "triangle-alert"],
  offline: ["bad", "wifi-off"],
  updating: ["back", "download"],
};
let chosen = null;

export async function recall() {
  chosen = (await store.get("terminal")) || null;
}

// The one somebody chose; without a choice the server takes the one that stands at this register.
export const terminal = () => chosen;

export async function findOwn() {
  if (chosen) return;
  const { results } = await api.get("terminals/");
  const own = results.find((row) => row.register_id === place.register.id);
  if (own) chosen = { id: own.id, name: own.name };
}

export async function chooseTerminal(redraw, exceptId = null) {
  const { results } = await api.get("terminals/");
  const here = results.filter((row) => row.store_id === place.store.id && row.is_paired && row.id !== exceptId);
  const picked = await ask(t("choose_terminal"), (close) => ({
    body: here.length ? h("ul", { class: "till-choices" }, here.map((row) => h("li", {}, choice(row, close)))) : h("p", {}, t("no_terminal")),
    foot: h("button", { type: "button", class: "btn", onclick: () => close(null) }, t("cancel")),
  }));
  if (picked) {
    chosen = { id: picked.id, name: picked.name };
    await store.put("terminal", chosen);
  }
  redraw();
  return picked;
}

function choice(row, close) {
  const [tone, shape] = LOOKS[row.state] || LOOKS.offline;
  return h("button", { type: "button", class: "btn", "aria-pressed": String(row.id === chosen?.id), onclick: () => close(row) }, h("span", { class: "grow" }, row.name), status(tone, shape, t(`terminal_${row.state}`)));
}
