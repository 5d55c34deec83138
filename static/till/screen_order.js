// How an order stands: goods, money, papers; and what can be done with it here.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { withApproval } from "./approval.js";
import { moment } from "./dates.js";
import { ask, h } from "./dom.js";
import { goOnWith, takenNotice } from "./go_on.js";
import { tenderName } from "./methods.js";
import { printReceipt } from "./papers.js";
import { button, card, facts, field, form, notice, page, rows, status, swap } from "./parts.js";
import { isTraining } from "./place.js";
import { drawCardsOf } from "./screen_cards.js";
import * as screens from "./screens.js";
import { money, t } from "./words.js";

const ORDER = { draft: ["idle", "order_draft"], open: ["info", "order_open"], completed: ["good", "order_completed"], cancelled: ["idle", "order_cancelled"] };
const GOODS = { unfulfilled: "goods_none", partial: "goods_partial", fulfilled: "goods_all" };
const PAYMENT = {
  pending: ["idle", "payment_pending"], action_required: ["idle", "payment_pending"], unknown: ["warn", "payment_unknown"], authorised: ["info", "payment_authorised"],
  captured: ["good", "payment_paid"], partly_refunded: ["back", "payment_part_refunded"], refunded: ["back", "payment_refunded"], declined: ["bad", "payment_declined"],
  failed: ["bad", "payment_failed"], voided: ["idle", "payment_voided"], expired: ["idle", "payment_expired"],
};

async function open(part, { close, orderId = null }) {
  await page(part, async (body) => {
    if (isTraining()) body.append(notice("warn", t("order_in_training")));
    body.append(orderId ? await drawOrder(await api.get(`orders/${orderId}/`), close) : drawLookUp(close));
  });
  if (!orderId) part.querySelector("input")?.focus();
}

function drawLookUp(close) {
  const asked = field({ name: "number", label: t("order_search"), hint: t("order_search_hint"), maxlength: 80, isNeeded: true, enterkeyhint: "search" });
  const found = rows([]);
  const act = async () => {
    const { results } = await api.get(`orders/?q=${encodeURIComponent(asked.value().replace(/^#/, ""))}`);
    const look = async (made, id) => swap(made, await drawOrder(await api.get(`orders/${id}/`), close));
    if (results.length === 1) return look(found, results[0].id);
    found.replaceChildren(...results.map((row) => h(
      "li",
      {},
      h("span", { class: "grow" }, h("span", { class: "strong" }, row.number), h("span", { class: "hint whole" }, [row.channel.name, moment(row.created_at)].join(" · "))),
      h("span", { class: "num" }, money(row.total.amount_minor, row.total.currency)),
      button({ label: t("look"), press: (made) => look(made, row.id) }),
    )));
    if (!results.length) found.append(h("li", { class: "muted" }, t("order_none")));
    return undefined;
  };
  const press = button({ label: t("return_find"), kind: "primary", icon: "search", submits: true });
  return card(t("order_find"), form({ nodes: [asked.node], press, act, checked: [asked] }), found);
}

async function drawOrder(order, close) {
  const [tone, words] = ORDER[order.status];
  const title = h("span", { class: "row" }, h("h2", { tabindex: -1 }, t("order_number", { number: order.number })), status(tone, t(words)));
  const shown = facts([
    [t("total"), money(order.total.amount_minor, order.total.currency)],
    [t("order_left"), money(order.open.amount_minor, order.open.currency)],
    order.refunded.amount_minor ? [t("order_refunded"), money(order.refunded.amount_minor, order.refunded.currency)] : null,
    [t("order_goods"), t(GOODS[order.fulfilment_status])],
    [t("order_from"), [order.channel.name, order.store?.name].filter(Boolean).join(", ")],
    [t("order_since"), moment(order.placed_at ?? order.created_at)],
  ]);
  const cards = order.refunded.amount_minor || order.lines.some((line) => line.kind === "gift_card") ? await drawCardsOf(order.id) : null;
  return h("div", { class: "stack" }, [card(title, shown, drawActs(order, close)), drawLines(order), drawPayments(order), drawPapers(order), cards].filter(Boolean));
}

function drawLines(order) {
  return card(t("order_lines"), rows(order.lines.map((line) => h(
    "li",
    {},
    h("span", { class: "grow" }, h("span", { class: "strong" }, `${line.quantity}× ${line.name}`), h("span", { class: "hint whole" }, t("order_line", { handed: line.fulfilled_quantity, back: line.returned_quantity }))),
    h("span", { class: "num" }, money(line.total.amount_minor, line.total.currency)),
  ))));
}

function drawPayments(order) {
  if (!order.payments.length) return null;
  return card(t("order_payments"), rows(order.payments.map((payment) => {
    const [tone, words] = PAYMENT[payment.status];
    const unknown = payment.status === "unknown" ? h("span", { class: "hint whole" }, t("payment_unknown_hint")) : null;
    return h("li", {}, h("span", { class: "strong grow" }, tenderName(payment)), status(tone, t(words)), h("span", { class: "num" }, money(inDrawer(payment), payment.amount.currency)), cashHint(payment), unknown);
  })));
}

const inDrawer = (payment) => payment.amount.amount_minor + payment.rounding.amount_minor;

// How what went into the drawer comes from the total, and from what was given.
function cashHint(payment) {
  const { currency } = payment.amount;
  const given = payment.tendered?.amount_minor ?? 0;
  const change = given - inDrawer(payment);
  const told = [
    payment.rounding.amount_minor ? t("with_rounding", { amount: money(payment.rounding.amount_minor, currency) }) : "",
    change > 0 ? t("given_change", { given: money(given, currency), change: money(change, currency) }) : "",
  ];
  const words = told.filter(Boolean).join(", ");
  return words ? h("span", { class: "hint whole" }, words) : null;
}

function drawPapers(order) {
  const papers = order.documents.filter((paper) => paper.number);
  if (!papers.length) return null;
  return card(t("order_papers"), rows(papers.map((paper) => h(
    "li",
    {},
    h("span", { class: "strong grow" }, t("receipt_number", { number: paper.number })),
    button({ label: t("order_print_copy"), icon: "receipt-text", press: () => printReceipt(t("receipt_number", { number: paper.number }), paper.id) }),
  ))));
}

// What this till can do with it now, in the order in which it is likely to be wanted.
function drawActs(order, close) {
  const isOpen = ["draft", "open"].includes(order.status);
  const isDue = isOpen && (order.open.amount_minor > 0 || order.status === "draft");
  const hasLeft = order.lines.some((line) => line.fulfilled_quantity > line.returned_quantity);
  const isWhole = order.lines.every((line) => !line.fulfilled_quantity);
  return h("div", { class: "row" }, [
    isDue ? takenNotice() ?? button({ label: t("order_go_on"), kind: "primary", icon: "arrow-right", press: () => goOn(order, close) }) : null,
    hasLeft ? button({ label: t("return_title"), icon: "undo-2", press: () => screens.show("return", { code: order.number }) }) : null,
    isOpen && isWhole ? button({ label: t("order_cancel"), kind: "danger", icon: "ban", press: () => askCancel(order) }) : null,
  ]);
}

async function goOn(order, close) {
  await actOnce({ name: `hand-off:${order.number}`, path: "hand-offs/", body: { number: order.number }, drawnAt: Date.now(), label: t("order_go_on") });
  await goOnWith(order.id, close);
}

function askCancel(order) {
  const drawnAt = Date.now();
  const paid = order.secured.amount_minor;
  const done = ask(t("order_cancel_title", { number: order.number }), (close) => {
    const reason = field({ name: "reason", label: t("reason"), maxlength: 120, isNeeded: true });
    const press = button({ label: t("order_cancel"), kind: "danger primary", icon: "ban", submits: true });
    const act = async () => close(reason.value());
    const words = paid ? t("order_cancel_paid", { amount: money(paid, order.total.currency) }) : t("order_cancel_unpaid");
    return { body: h("div", { class: "stack" }, h("p", {}, words), form({ nodes: [reason.node], press, act, checked: [reason] })), foot: [button({ label: t("keep"), press: () => close(null) })] };
  });
  return done.then((reason) => (reason ? cancel(order, reason, drawnAt) : undefined));
}

async function cancel(order, reason, drawnAt) {
  const path = `orders/${order.id}/cancellations/`;
  const act = (approval_id) => actOnce({ name: `cancel:${order.id}`, path, body: { reason, approval_id }, drawnAt, label: t("order_cancel") });
  if (await withApproval(act, reason)) await screens.show("order", { orderId: order.id });
}

screens.register("order", { title: () => t("order_title"), icon: "search", place: "menu", open });
