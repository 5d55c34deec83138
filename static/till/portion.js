// Which part of the bill the next payment is for: a share, the goods of one person, or an amount.
import { ask, h } from "./dom.js";
import { moneyField, rows, stepper } from "./parts.js";
import { currency } from "./place.js";
import * as sales from "./sale.js";
import { count, digits, money, t } from "./words.js";

const SHARES = [2, 3, 4];

// Asks, and returns minor units of what is open, or null.
export async function askPortion() {
  const due = sales.due();
  const lines = linesOf();
  forgetUnpaid(due);
  const paid = piecesPaid();
  const chosen = new Map();
  const minor = await ask(t("split"), (close) => {
    const amount = moneyField({ label: t("amount_now"), currency: currency(), max: due, isNeeded: true });
    // What cannot be taken is said at the field, which keeps the focus and what was typed.
    const send = () => (amount.check() ? close(amount.minor()) : amount.focus());
    const sum = () => Math.min(due, lines.reduce((all, line) => all + worth(line, paid.get(line.id) || 0, chosen.get(line.id) || 0), 0));
    const choose = (line, pieces) => {
      chosen.set(line.id, pieces);
      amount.set((sum() / 10 ** digits(currency())).toFixed(digits(currency())));
      amount.complain("");
    };
    const share = (parts) => h("button", { type: "button", class: "btn", onclick: () => { chosen.clear(); close(Math.ceil(due / parts)); } }, t("share_of", { n: parts, amount: money(Math.ceil(due / parts), currency()) }));
    return {
      body: h("form", { class: "form", novalidate: true, onsubmit: (event) => { event.preventDefault(); send(); } }, h("p", {}, t("split_body", { amount: money(due, currency()) })), h("div", { class: "till-notes" }, SHARES.map(share)), goods(lines, paid, choose), amount.node),
      foot: [h("button", { type: "button", class: "btn", onclick: () => close(null) }, t("cancel")), h("button", { type: "button", class: "btn primary", onclick: send }, t("done"))],
    };
  });
  if (minor && [...chosen.values()].some(Boolean)) await remember({ due, minor, pieces: Object.fromEntries(chosen) });
  return minor;
}

const linesOf = () => (sales.isSynced() || !sales.hasLines() ? sales.sale.order?.lines || [] : []).filter((line) => line.total_minor > 0);

// What `pieces` of a line cost behind the first `before`: the parts of a line come to the line, to the last unit.
const worth = (line, before, pieces) => upTo(line, before + pieces) - upTo(line, before);
const upTo = (line, pieces) => Math.round((line.total_minor * pieces) / line.quantity);

// Each line with the pieces of it that nobody paid for by name.
function goods(lines, paid, choose) {
  if (lines.length < 2 && !lines.some((line) => line.quantity > 1)) return null;
  const row = (line) => {
    const left = line.quantity - (paid.get(line.id) || 0);
    const pieces = left > 0 ? stepper({ label: line.name, max: left, changed: (number) => choose(line, number) }).node : h("span", { class: "hint" }, t("state_paid"));
    return h("li", {}, h("span", { class: "grow" }, line.name, h("span", { class: "hint whole" }, `${count("pieces", line.quantity)} · ${money(line.total_minor, currency())}`)), pieces);
  };
  return h("div", { class: "stack", role: "group", "aria-label": t("split_goods") }, h("p", { class: "hint" }, t("split_goods")), rows(lines.map(row)));
}

// Goods are paid once what is open came down by them; a payment that was declined or given up leaves them.
function forgetUnpaid(due) {
  sales.sale.portions = sales.sale.portions.filter((part) => due <= part.due - part.minor);
}

function piecesPaid() {
  const paid = new Map();
  for (const part of sales.sale.portions) for (const [line, pieces] of Object.entries(part.pieces)) paid.set(line, (paid.get(line) || 0) + pieces);
  return paid;
}

async function remember(part) {
  sales.sale.portions.push(part);
  await sales.keep();
}
