// Goods back without a receipt, at the lowest recent price: as store credit, in cash as far as that is allowed, or as the price of others.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { withApproval } from "./approval.js";
import { date } from "./dates.js";
import { h } from "./dom.js";
import { goOnWith, takenNotice } from "./go_on.js";
import { showPaper } from "./papers.js";
import { button, card, facts, form, notice, rows, select, status, swap } from "./parts.js";
import { picker } from "./pick.js";
import { reasonField } from "./reasons.js";
import { drawDone } from "./return_done.js";
import { drawCode } from "./screen_cards.js";
import { money, t } from "./words.js";

export function drawLoose({ close }) {
  const goods = picker({ label: t("loose_article"), hasDamage: true, changed: () => { press.disabled = !goods.picked.length; } });
  const press = button({ label: t("loose_quote"), kind: "primary", icon: "calculator", press: async (made) => {
    const quote = await api.post("loose-returns/quotes/", { lines: goods.lines() });
    swap(made, drawQuote(quote, goods.lines(), close));
  } });
  press.disabled = true;
  return card(h("h2", { tabindex: -1 }, t("return_without")), h("p", { class: "muted" }, t("loose_hint")), goods.node, h("div", {}, press));
}

function drawQuote(quote, lines, close) {
  const title = h("h2", { tabindex: -1 }, t("loose_worth", { amount: money(quote.total.amount_minor, quote.total.currency) }));
  const worths = rows(quote.lines.map((line) => h(
    "li",
    {},
    h("span", { class: "strong grow" }, `${line.quantity}× ${line.name}`),
    h("span", { class: "num" }, money(line.amount.amount_minor, line.amount.currency)),
    h("span", { class: "hint whole" }, line.sold_on ? t("loose_sold_on", { day: date(line.sold_on) }) : t("loose_today")),
  )));
  const left = quote.left_today ? facts([[t("loose_left_today"), money(quote.left_today.amount_minor, quote.left_today.currency)]]) : null;
  const needs = quote.needs_approval ? notice("warn", t("loose_needs_approval")) : null;
  return h("div", { class: "stack" }, card(title, worths, h("p", { class: "hint" }, t("loose_rule")), left, needs), drawTakeBack(quote, lines, close), drawLooseExchange(quote, lines, close));
}

function drawTakeBack(quote, lines, close) {
  const drawnAt = Date.now();
  const { currency } = quote.total;
  const payouts = [["store_credit", t("loose_credit")], ...(quote.may_be_cash ? [["cash", t("loose_cash")]] : [])];
  const payout = select({ name: "payout", label: t("loose_payout"), options: payouts, hint: cashHint(quote) });
  const reason = reasonField();
  const act = async () => {
    const body = { lines, payout: payout.value(), reason: reason.value() };
    const ask = (approval_id) => actOnce({ name: "loose-return", path: "loose-returns/", body: { ...body, approval_id }, drawnAt, label: t("return_without") });
    const done = await withApproval(ask, body.reason);
    if (done) swap(made, drawTaken(done, close));
  };
  const press = button({ label: t("loose_press", { amount: money(quote.total.amount_minor, currency) }), kind: "primary", icon: "undo-2", submits: true });
  const made = card(t("return_back"), form({ nodes: [payout.node, reason.node], press, act, checked: [reason] }));
  return made;
}

function cashHint(quote) {
  if (quote.may_be_cash) return "";
  const { amount_minor, currency } = quote.cash_max;
  return amount_minor ? t("loose_cash_max", { amount: money(amount_minor, currency) }) : t("loose_no_cash");
}

function drawTaken(done, close) {
  const heading = h("span", { class: "row" }, h("h2", { tabindex: -1 }, t("return_done")), status("good", t("done")));
  return card(
    heading,
    facts([[done.payout === "cash" ? t("refund_cash") : t("loose_credit"), money(done.total.amount_minor + done.rounding.amount_minor, done.total.currency)]]),
    done.voucher_code ? drawCode({ code: done.voucher_code, balance: done.total }, "credit_code") : null,
    h("div", { class: "row" }, [
      done.receipt ? button({ label: t("return_paper"), kind: "primary", icon: "receipt-text", press: () => showPaper(t("return_paper"), `receipts/${done.receipt.id}/receipt.html`) }) : null,
      button({ label: t("to_sale"), press: close }),
    ]),
  );
}

function drawLooseExchange(quote, lines, close) {
  const drawnAt = Date.now();
  const reason = reasonField();
  const taken = takenNotice();
  const goods = picker({ label: t("exchange_article"), changed: () => { press.disabled = Boolean(taken) || !goods.picked.length; } });
  const press = button({ label: t("exchange_press"), kind: "primary", icon: "repeat", submits: true });
  press.disabled = true;
  const act = async () => {
    const body = { lines, basket: { lines: goods.lines(), training: false }, settling: {}, reason: reason.value() };
    const ask = (approval_id) => actOnce({ name: "loose-exchange", path: "loose-returns/exchanges/", body: { ...body, approval_id }, drawnAt, label: t("exchange_title") });
    const done = await withApproval(ask, body.reason);
    if (!done) return undefined;
    if (done.order.open.amount_minor > 0) return goOnWith(done.order.id, close);
    const nothing = { amount_minor: 0, currency: quote.total.currency };
    return swap(made, drawDone({ title: t("exchange_done"), total: nothing, refunds: [], found: { tenders: [] }, receipt: done.refund_receipt, orderId: done.order.id, close }));
  };
  const made = card(t("exchange_title"), h("p", { class: "muted" }, t("loose_exchange_hint")), taken, goods.node, form({ nodes: [reason.node], press, act, checked: [reason] }));
  return made;
}
