// What keeps a shift from being closed.
import * as api from "./api.js";
import { h } from "./dom.js";
import { button, card, rows, status } from "./parts.js";
import * as queue from "./queue.js";
import * as screens from "./screens.js";
import { t } from "./words.js";

const BLOCKERS = {
  open_order: ["blocker_open_order", "blocker_open_order_hint"],
  open_payment: ["blocker_open_payment", "blocker_open_payment_hint"],
  unsent: ["blocker_unsent", "blocker_unsent_hint"],
};

// What holds up closing, each with what it is, what to do, and a button that leads there. Null if nothing does.
export function drawBlockers(blockers) {
  const unsent = unsentNumber();
  const mine = blockers.filter((one) => one.kind !== "unsent");
  const all = unsent ? [{ kind: "unsent", label: t("blocker_unsent_number", { n: unsent }) }, ...mine] : mine;
  if (!all.length) return null;
  return card(t("blockers_title"), rows(all.map(drawBlocker)));
}

function drawBlocker(one) {
  const [title, hint] = BLOCKERS[one.kind];
  return h(
    "li",
    {},
    status("warn", t(title)),
    h("span", { class: "strong grow" }, one.label),
    one.kind === "unsent" ? button({ label: t("send_now"), icon: "send", press: () => queue.send() }) : button({ label: t("look"), press: () => lookAt(one) }),
    h("span", { class: "hint whole" }, t(hint)),
  );
}

async function lookAt(one) {
  const orderId = one.kind === "open_order" ? one.id : (await api.get(`payments/${one.id}/`)).order.id;
  await screens.show("order", { orderId });
}

// Sales this tablet still has to send, also those that were refused: nobody counted them yet.
export const unsentNumber = () => queue.waiting().length + queue.refused().length;
