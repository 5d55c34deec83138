// Goods back and money back: by the receipt, with its caps; without one at the lowest recent price; or in exchange for others.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { withApproval } from "./approval.js";
import { h } from "./dom.js";
import { goOnWith, takenNotice } from "./go_on.js";
import { drawLoose } from "./loose.js";
import { tenderName } from "./methods.js";
import { button, card, facts, field, form, notice, page, rows, status, stepper, swap, tick } from "./parts.js";
import { picker } from "./pick.js";
import { isTraining } from "./place.js";
import { reasonField } from "./reasons.js";
import { drawDone } from "./return_done.js";
import * as screens from "./screens.js";
import { money, t } from "./words.js";

const WHY_NOT = {
  gift_card_is_money: "why_gift_card", taken_off_before: "why_taken_off", not_handed_over: "why_not_handed_over", all_came_back: "why_all_back",
  card_spent: "why_card_spent", card_blocked: "why_card_blocked", card_expired: "why_card_expired",
  outcome_unknown: "why_unknown", not_captured_yet: "why_not_captured", disputed: "why_disputed", refund_under_way: "why_under_way", all_went_back: "why_all_went",
};

async function open(part, { close, code = "" }) {
  await page(part, async (body) => {
    if (isTraining()) body.append(notice("warn", t("return_in_training")));
    else body.append(drawLookUp({ close, code }));
  });
  const first = part.querySelector("input");
  if (first && code) first.form.requestSubmit();
  else first?.focus();
}

function drawLookUp({ close, code }) {
  const asked = field({ name: "code", "data-scan": true, label: t("return_code"), hint: t("return_code_hint"), value: code, isNeeded: true, enterkeyhint: "search" });
  const act = async () => {
    const found = await api.get(`returnables/?code=${encodeURIComponent(asked.value())}`);
    swap(made, drawFound(found, asked.value(), close));
  };
  const press = button({ label: t("return_find"), kind: "primary", icon: "search", submits: true });
  const made = h("div", { class: "stack" }, [
    card(t("return_with"), form({ nodes: [asked.node], press, act, checked: [asked] })),
    card(t("return_without"), h("p", { class: "muted" }, t("return_without_hint")), h("div", {}, button({ label: t("return_without_press"), icon: "file-question-mark", press: (one) => swap(one, drawLoose({ close })) }))),
  ]);
  return made;
}

// What the pieces of a line after those that came back are worth: the parts of a line sum to the whole.
function worthOf(line, quantity) {
  const share = (pieces) => Math.floor((2 * line.total.amount_minor * pieces + line.quantity) / (2 * line.quantity));
  return share(line.returned + quantity) - share(line.returned);
}

function drawFound(found, code, close) {
  const { order } = found;
  const chosen = new Map();
  const cards = new Map();
  const drawnAt = Date.now();
  // Typed once, they stay while pieces are added.
  const reason = reasonField();
  const credit = tick({ name: "credit", label: t("return_as_credit"), hint: t("return_as_credit_hint") });
  const total = () => [...chosen.values()].reduce((sum, one) => sum + worthOf(one.line, one.quantity), 0) + [...cards.values()].reduce((sum, one) => sum + one.returnable.amount_minor, 0);
  const context = { found, code, close, chosen, cards, drawnAt, reason, credit, total };
  const below = h("div", { class: "stack" });
  const changed = () => drawWays(below, context);
  // A gift card comes back as the card it became, with what is unspent on it.
  const lines = [...found.lines.filter((line) => line.kind !== "gift_card" || !found.gift_cards.length).map((line) => drawLine(line, chosen, changed)), ...found.gift_cards.map((one) => drawCard(one, cards, changed))];
  const tenders = found.tenders.map((tender) => [
    tenderName(tender),
    h("span", {}, money(tender.refundable.amount_minor, tender.refundable.currency), tender.why_not ? h("span", { class: "hint" }, ` · ${t(WHY_NOT[tender.why_not])}`) : null),
  ]);
  changed();
  const title = h("h2", { tabindex: -1 }, t("order_number", { number: order.number }));
  return h("div", { class: "stack" }, [
    card(title, rows(lines), found.lines.some((line) => line.returnable) || found.gift_cards.some((one) => !one.why_not) ? null : notice("warn", t("return_nothing_left"))),
    card(t("return_money"), facts([...tenders, [t("return_refundable"), money(found.refundable.amount_minor, found.refundable.currency)]])),
    below,
  ]);
}

function drawLine(line, chosen, changed) {
  const shown = h("span", { class: "grow" }, h("span", { class: "strong" }, line.name), h("span", { class: "hint whole" }, t("return_line", { n: line.quantity, back: line.returned, amount: money(line.total.amount_minor, line.total.currency) })));
  if (!line.returnable) return h("li", {}, shown, status("idle", t(WHY_NOT[line.why_not] ?? "why_all_back")));
  const damaged = tick({ name: `damaged-${line.line_id}`, label: t("return_damaged") });
  damaged.input.addEventListener("change", () => note());
  const note = (number = pieces.number()) => {
    if (number) chosen.set(line.line_id, { line, quantity: number, damaged: damaged.checked() });
    else chosen.delete(line.line_id);
    changed();
  };
  const pieces = stepper({ label: line.name, max: line.returnable, changed: note });
  return h("li", {}, shown, h("span", { class: "hint" }, t("return_up_to", { n: line.returnable })), pieces.node, h("div", { class: "whole" }, damaged.node));
}

function drawCard(one, cards, changed) {
  const name = t("card_named", { hint: one.hint });
  if (one.why_not) return h("li", {}, h("span", { class: "strong grow" }, name), status("idle", t(WHY_NOT[one.why_not])));
  const chosen = tick({ name: `card-${one.voucher_id}`, label: t("return_card", { hint: one.hint }), hint: t("return_card_hint") });
  chosen.input.addEventListener("change", () => {
    if (chosen.checked()) cards.set(one.voucher_id, one);
    else cards.delete(one.voucher_id);
    changed();
  });
  return h("li", {}, h("div", { class: "grow" }, chosen.node), h("span", { class: "num" }, money(one.returnable.amount_minor, one.returnable.currency)));
}

const backCards = (cards) => [...cards.values()].map((one) => ({ voucher_id: one.voucher_id, amount_minor: one.returnable.amount_minor }));
const backLines = (chosen) => [...chosen.values()].map((one) => ({ line_id: one.line.line_id, quantity: one.quantity, damaged: one.damaged }));

// What happens with the pieces chosen: money back, or other goods. Nothing while nothing is chosen.
function drawWays(below, context) {
  if (!context.chosen.size && !context.cards.size) return below.replaceChildren(h("p", { class: "muted" }, t("return_choose")));
  // A card is given back for its money; what is bought instead is another sale.
  const other = context.cards.size ? null : button({ label: t("exchange_instead"), icon: "repeat", press: () => below.replaceChildren(drawExchange(below, context)) });
  return below.replaceChildren(drawMoneyBack(context, other));
}

function drawMoneyBack(context, other) {
  const { found, close, chosen, cards, drawnAt, code } = context;
  const { currency } = found.order.total;
  const total = context.total();
  const { reason, credit } = context;
  const ways = h("div", {});
  const showWays = () => proposeWays(ways, context, total);
  credit.input.onchange = showWays;
  showWays();
  const act = async () => {
    const body = { lines: backLines(chosen), gift_cards: backCards(cards), reason: reason.value(), as_credit: credit.checked(), receipt: found.is_proven ? code : "" };
    const path = `orders/${found.order.id}/returns/`;
    const ask = (approval_id) => actOnce({ name: `return:${found.order.id}`, path, body: { ...body, approval_id }, drawnAt, label: t("return_title") });
    const done = await withApproval(ask, body.reason);
    if (done) swap(made, drawDone({ title: t("return_done"), total: done.total, refunds: done.refunds, found, receipt: done.receipt, orderId: found.order.id, asCredit: body.as_credit, close }));
  };
  const press = button({ label: total ? t("return_press", { amount: money(total, currency) }) : t("return_press_free"), kind: "primary", icon: "undo-2", submits: true });
  const made = card(t("return_back"), ways, form({ nodes: [reason.node, credit.node], press, act, checked: [reason] }), other ? h("div", {}, other) : null);
  return made;
}

// Which way the money takes, as the server would give it now.
async function proposeWays(part, { found, cards, credit }, total) {
  if (!total) return part.replaceChildren();
  if (credit.checked()) return part.replaceChildren(facts([[t("method_gift_card"), money(total, found.order.total.currency)]]));
  try {
    const { parts } = await api.get(`orders/${found.order.id}/refund-proposal/?amount_minor=${total}&gift_cards=${[...cards.keys()].join(",")}`);
    const tender = (one) => found.tenders.find((row) => row.payment_id === one.payment_id) ?? one;
    return part.replaceChildren(facts(parts.map((one) => [tenderName(tender(one)), money(one.amount.amount_minor, one.amount.currency)])));
  } catch (problem) {
    // Of another store's order the way is not shown beforehand; the receipt that was shown opens the return all the same.
    if (problem instanceof api.Refused) return part.replaceChildren(problem.status === 404 ? h("p", { class: "hint" }, t("return_way_later")) : notice("warn", ...problem.lines));
    if (problem instanceof api.Unreachable) return part.replaceChildren(notice("warn", t("needs_line")));
    throw problem;
  }
}

function drawExchange(below, context) {
  const { found, code, close, chosen, drawnAt, reason } = context;
  const { currency } = found.order.total;
  const worth = context.total();
  const difference = h("div", {});
  const press = button({ label: t("exchange_press"), kind: "primary", icon: "repeat", submits: true });
  const goods = picker({
    label: t("exchange_article"),
    changed: () => {
      const price = goods.picked.reduce((sum, one) => sum + one.price_minor * one.quantity, 0);
      difference.replaceChildren(facts([
        [t("exchange_worth"), money(worth, currency)],
        [t("exchange_new"), money(price, currency)],
        [price >= worth ? t("exchange_pays") : t("exchange_gets"), money(Math.abs(price - worth), currency)],
      ]));
    },
  });
  const act = async () => {
    if (!goods.picked.length) {
      goods.complain(t("field_needed"));
      return goods.focus();
    }
    const body = { back: backLines(chosen), basket: { lines: goods.lines(), training: false }, settling: {}, reason: reason.value(), receipt: found.is_proven ? code : "" };
    const path = `orders/${found.order.id}/exchanges/`;
    const ask = (approval_id) => actOnce({ name: `exchange:${found.order.id}`, path, body: { ...body, approval_id }, drawnAt, label: t("exchange_title") });
    const done = await withApproval(ask, body.reason);
    if (!done) return undefined;
    if (done.order.open.amount_minor > 0) return goOnWith(done.order.id, close);
    const back = { amount_minor: Math.max(0, -done.difference.amount_minor), currency };
    return swap(below, drawDone({ title: t("exchange_done"), total: back, refunds: done.refunds, found, receipt: done.refund_receipt, orderId: done.order.id, close }));
  };
  const back = button({ label: t("exchange_back"), icon: "chevron-left", press: () => drawWays(below, context) });
  const taken = takenNotice();
  if (taken) press.disabled = true;
  return card(t("exchange_title"), h("p", { class: "muted" }, t("exchange_hint")), taken, goods.node, difference, form({ nodes: [reason.node], press, act, checked: [reason] }), h("div", {}, back));
}

screens.register("return", { title: () => t("return_title"), icon: "undo-2", place: "bar", open });
