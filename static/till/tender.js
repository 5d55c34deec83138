// Money for the sale under way. The request and its key are kept before the first byte is sent: a second press finds it there, a reload sends the same one again.
import * as api from "./api.js";
import { follow } from "./card.js";
import * as numbers from "./numbers.js";
import { factsOf } from "./offline_paper.js";
import { isTraining, place } from "./place.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";
import { money, t } from "./words.js";

const AGAIN_MS = 2500;
// A paid order is handed over and numbered a moment after its card payment.
const RECEIPT_TRIES = 20;
const RECEIPT_MS = 500;

// The order is not what this tablet remembers.
const NOT_AS_SHOWN = new Set(["order_not_payable", "amount_exceeds_open", "order_changed", "still_to_pay"]);
// What is taken at a counter; anything else that pays an order whose link was shown came by the link.
const AT_A_TILL = new Set(["cash", "card_present", "gift_card"]);
// An order of which nothing is to pay ends without a tender.
const FREE = "free";

let isTaking = false;

// What this tablet may not take without a line, in words; "" for nothing.
export function offlineRefusal(method, minor) {
  const rules = place.rules;
  if (!rules?.is_allowed) return t("offline_not_allowed");
  if (method === "cash" && minor > rules.sale_cash_max_minor) return t("offline_too_much", { amount: money(rules.sale_cash_max_minor, place.store.currency) });
  if (method === "gift_card" && minor > rules.sale_gift_card_max_minor) return t("offline_too_much", { amount: money(rules.sale_gift_card_max_minor, place.store.currency) });
  return "";
}

// Why this way of paying cannot be pressed now, in words; "" where it can. Said before anybody presses.
export function offlineWhyNot(method) {
  if (api.isOnline()) return "";
  if (isTraining()) return t("training_needs_line");
  if (sales.sale.cards.length) return t("card_sale_needs_line");
  if (sales.hasMoney()) return t("split_needs_line");
  return offlineRefusal(method, sales.total());
}

// Takes one tender. `tender` is {method, amount_minor, tendered_minor?, code?, terminal_id?, terminal_name?}. Pressed twice it is taken once.
export async function take(tender) {
  if (isTaking || sales.sale.pending || sales.sale.finished) return;
  isTaking = true;
  try {
    await sales.sync();
    if (api.isOnline() && sales.isSynced()) await takeOnline(tender);
    else if (api.isOnline() && sales.lastProblem()) throw sales.lastProblem();
    else await takeOffline(tender);
  } finally {
    isTaking = false;
    sales.changed();
  }
}

const takeOnline = (tender) =>
  begin(tender, "payments", {
    method: tender.method,
    amount: sales.amount(tender.amount_minor),
    ...(tender.method === "cash" ? { tendered_minor: tender.tendered_minor } : {}),
    ...(tender.method === "gift_card" ? { code: tender.code } : {}),
    ...(tender.method === "card_present" && tender.terminal_id ? { terminal_id: tender.terminal_id } : {}),
  });

// Ends an order of which nothing is to pay. What nobody heard the answer of is asked again, as for money: the goods went out with the first.
export async function complete() {
  if (isTaking || sales.sale.pending || sales.sale.finished) return;
  isTaking = true;
  try {
    await sales.sync();
    if (!api.isOnline() || !sales.isSynced()) throw sales.lastProblem() || new api.Unreachable(t("card_needs_line"));
    await begin({ method: FREE, amount_minor: 0 }, "completions", { version: sales.sale.order.version });
  } finally {
    isTaking = false;
    sales.changed();
  }
}

async function begin(tender, act, body) {
  const { sale } = sales;
  sale.pending = { ...tender, key: api.newKey(), path: `orders/${sale.order.id}/${act}/`, body, began_at: Date.now(), operation: null, words: null };
  await sales.keep();
  sales.changed();
  await sendPending();
}

// Sends what is pending until it is answered. Cash that is in the drawer goes into the queue instead of waiting with the customer.
async function sendPending() {
  const { sale } = sales;
  const { pending } = sale;
  for (;;) {
    try {
      const answer = await api.post(pending.path, pending.body, pending.key);
      if (sale !== sales.sale) return;
      if (pending.method === "card_present") return await followCard(answer);
      if (pending.method === FREE) return await completed(answer);
      return await taken(answer);
    } catch (error) {
      if (error instanceof api.Unreachable) {
        if (pending.method === "cash" && isRest(sale)) return queueCash();
        pending.isWaiting = true;
        sales.changed();
        await api.pause(AGAIN_MS);
        continue;
      }
      if (!(error instanceof api.Refused)) throw error;
      // The tablet was unpaired meanwhile: it stays pending until the tablet is paired again and can ask the order.
      if (error.status === 401) return undefined;
      return refusedBy(error);
    }
  }
}

// Cash for a part does not end the sale: it is sent again until it is answered, as other tenders are.
const isRest = ({ pending, order }) => pending.amount_minor >= order.open.amount_minor;

async function refusedBy(error) {
  const { sale } = sales;
  const operationId = error.data.operation_id;
  // Something is under way on this order already: that is shown, and nothing new is asked for.
  if (["payment_in_progress", "payment_outcome_unknown"].includes(error.code) && operationId) return followCard({ id: operationId });
  const isMoney = sale.pending.method !== FREE;
  if (isMoney) sale.tenders.push({ method: sale.pending.method, amount_minor: sale.pending.amount_minor, status: "refused", note: error.message });
  sale.pending = null;
  await sales.keep();
  sales.changed();
  if (NOT_AS_SHOWN.has(error.code)) await look();
  if (sale.finished && isMoney) await noteRefusal(sale, error);
  throw error;
}

// Paid by somebody else a moment before: what was given for it here goes back, and that is said beside "paid".
async function noteRefusal(sale, error) {
  sale.finished.refused = error.lines;
  await sales.keep();
  sales.changed();
}

async function completed({ receipt }) {
  const { sale } = sales;
  sale.pending = null;
  sale.finished = { number: sale.order.number, total_minor: 0, change_minor: 0, receipt, at: Date.now(), isOffline: false };
  await sales.keep();
  sales.changed();
  numbers.ask();
}

// Cash and gift cards are taken at once.
async function taken(answer) {
  const { sale } = sales;
  const { payment, receipt } = answer;
  const cash = payment.method === "cash" ? cashOf(sale.pending, payment.approved.amount_minor, payment.rounding.amount_minor) : null;
  sale.tenders.push({ method: payment.method, payment_id: payment.id, amount_minor: payment.approved.amount_minor, status: "paid", note: answer.gift_card ? leftOn(answer.gift_card) : noteOf(sale.pending), gift_card: answer.gift_card || null });
  sale.pending = null;
  sale.order = { ...sale.order, ...answer.order };
  await sales.readOrder();
  await settle({ receipt, change_minor: payment.change.amount_minor, cash });
}

// What went into the drawer and what was given for it, as far as the last payment of a sale was cash.
const cashOf = (tender, minor, rounding_minor) => ({ minor, rounding_minor, given_minor: tender.tendered_minor ?? minor + rounding_minor });

// What is left on a card that paid, for whoever holds it.
export const leftOn = ({ hint, left }) => t("left_on_card", { hint, amount: money(left.amount_minor, left.currency) });

const noteOf = (pending) => (pending.method === "gift_card" ? `•${(pending.code || "").slice(-4)}` : "");

async function settle({ receipt = null, change_minor = 0, cash = null }) {
  const { sale } = sales;
  if (sale.order.open.amount_minor === 0) {
    sale.finished = { number: sale.order.number, total_minor: sale.order.total.amount_minor, change_minor, cash, receipt, at: Date.now(), isOffline: false };
  }
  await sales.keep();
  sales.changed();
  if (sale.finished && !receipt) findReceipt(sale);
  if (sale.finished) findCards(sale);
  if (sale.finished) numbers.ask();
}

// The codes of the cards that were made: they exist since the sale is paid.
async function findCards(sale) {
  if (!sale.cards.length || sale.finished.cards) return;
  for (let tries = 0; tries < RECEIPT_TRIES && sale === sales.sale; tries += 1) {
    try {
      const { results } = await api.get(`orders/${sale.order.id}/vouchers/`);
      const made = sale.cards.filter((card) => !card.code && !card.voucher_id).length;
      if (results.length >= made) {
        sale.finished.cards = results.map(({ hint, code, balance, expires_at, papers }) => ({ hint, code, balance, expires_at, papers }));
        await sales.keep();
        return sales.changed();
      }
    } catch (error) {
      if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    }
    await api.pause(RECEIPT_MS);
  }
  return undefined;
}

async function findReceipt(sale) {
  for (let tries = 0; tries < RECEIPT_TRIES && sale === sales.sale; tries += 1) {
    try {
      const detail = await api.get(`orders/${sale.order.id}/`);
      const paper = detail.documents.find((row) => row.kind === "receipt");
      if (paper) {
        sale.finished.receipt = paper;
        await sales.keep();
        numbers.ask();
        return sales.changed();
      }
    } catch (error) {
      if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    }
    await api.pause(RECEIPT_MS);
  }
  return undefined;
}

async function followCard(operation) {
  const { sale } = sales;
  sale.pending.operation = operation;
  sale.pending.isWaiting = false;
  await sales.keep();
  sales.changed();
  const ended = await follow(sale, operation.id);
  if (ended && sale === sales.sale) await cardEnded(sale, ended);
}

async function cardEnded(sale, operation) {
  const { payment } = operation;
  const next = sale.pending.next;
  const isPaid = operation.status === "succeeded";
  const card = payment.card.last4 ? `${payment.card.brand || ""} •${payment.card.last4}`.trim() : "";
  sale.tenders.push({
    method: "card_present",
    payment_id: payment.id,
    amount_minor: isPaid ? payment.approved.amount_minor : operation.amount.amount_minor,
    status: isPaid ? "paid" : operation.status,
    note: isPaid ? card : operation.words?.text || payment.decline?.cashier || "",
    warning: isPaid ? operation.words?.warning || "" : "",
  });
  sale.pending = null;
  await sales.readOrder(sale);
  await settle({});
  if (!isPaid && next) await take({ ...next, amount_minor: sale.order.open.amount_minor });
}

// Gives the payment on the terminal up. What the terminal answers counts; `next` is begun when nothing was paid.
export async function cancelCard(next = null) {
  const { pending } = sales.sale;
  if (!pending?.operation) return;
  pending.next = next;
  pending.cancel_key ??= api.newKey();
  await sales.keep();
  await api.post(`terminals/${pending.operation.terminal_id || pending.terminal_id}/cancel/`, {}, pending.cancel_key);
}

// After a reload: what was being paid is asked for with its own key, never begun again.
export async function resume() {
  const { pending, finished, order } = sales.sale;
  if (pending?.operation) return followCard(pending.operation);
  if (pending) return sendPending();
  if (finished && !finished.receipt && !finished.isOffline && order) findReceipt(sales.sale);
  if (finished && !finished.isOffline && order) findCards(sales.sale);
  return look();
}

async function queueCash() {
  const { sale } = sales;
  const { pending } = sale;
  const kept = finishedOffline(sale, pending, pending.key);
  const item = { key: pending.key, path: pending.path, body: pending.body, what: describe(sale) };
  if (isTraining()) await queue.enqueue(item, "sale", kept);
  // The request may have landed, and then the server has numbered it: the next number is left to it, and the paper here bears none.
  else await queue.enqueueNumbered(place.register.id, "sale", () => ({ item: { ...item, paper: paperOf(sale, pending, kept, null) }, value: kept }));
  Object.assign(sale, kept);
  sales.changed();
}

// The line is down before anything was sent: the sale is made here, and the server is told when it is back.
async function takeOffline(tender) {
  const { sale } = sales;
  if (!["cash", "gift_card"].includes(tender.method)) throw new api.Unreachable(t("card_needs_line"));
  // What is practised is practised at the server; it may not become a sale.
  if (isTraining()) throw new api.Unreachable(t("training_needs_line"));
  if (sales.hasMoney()) throw new api.Unreachable(t("split_needs_line"));
  if (sales.sale.cards.length) throw new api.Unreachable(t("card_sale_needs_line"));
  const totalMinor = sales.total();
  if (tender.amount_minor !== totalMinor) throw new api.Unreachable(t("split_needs_line"));
  const refusal = offlineRefusal(tender.method, totalMinor);
  if (refusal) throw new api.Unreachable(refusal);
  const key = `${sale.key}-sold`;
  const kept = finishedOffline(sale, tender, key);
  const sold = saleItem(sale, tender);
  await queue.enqueueNumbered(place.register.id, "sale", (number) => {
    const body = { ...sold.body, ...(number === null ? {} : { receipt_number: number }) };
    return { item: { key, path: sold.path, body, what: describe(sale), paper: paperOf(sale, tender, kept, number), left: leftBy(sale) }, value: kept };
  });
  Object.assign(sale, kept);
}

// What stands at the server as an order was sold here instead.
const leftBy = ({ order, linkId }) => (order ? { order_id: order.id, number: order.number, link_id: linkId, status: "open" } : null);

// The sale that is still shown was kept here, and the server has it by now: its receipt takes the place of the promise to send it.
export async function noteLanded() {
  const { sale } = sales;
  if (!sale.finished?.isOffline) return;
  const row = queue.answered().find((one) => one.key === sale.finished.queued);
  if (!row) return;
  const { receipt, order } = row.answer.body;
  Object.assign(sale.finished, { isOffline: false, receipt: receipt || null, number: order?.number || sale.finished.number });
  for (const tender of sale.tenders) if (tender.status === "kept") tender.status = "paid";
  await sales.keep();
  sales.changed();
}

const saleItem = (sale, tender) => ({
  path: "offline-sales/",
  body: {
    lines: sale.lines.map((line) => ({ article: line.article, quantity: line.quantity, total_minor: sales.lineTotal(line) })),
    tenders: [
      tender.method === "cash"
        ? { method: "cash", amount_minor: tender.amount_minor, tendered_minor: tender.tendered_minor }
        : { method: "gift_card", amount_minor: tender.amount_minor, code: tender.code },
    ],
    sold_at: new Date().toISOString(),
    currency: place.store.currency,
    ...(sale.order ? { replaces_order_id: sale.order.id } : {}),
  },
});

const describe = (sale) => ({ pieces: sale.lines.reduce((sum, line) => sum + line.quantity, 0), total_minor: sales.total(), currency: place.store.currency });

function finishedOffline(sale, tender, queued) {
  const cash = tender.method === "cash" ? cashOf(tender, tender.amount_minor, sales.dueInCash() - sales.due()) : null;
  const change_minor = cash ? Math.max(0, cash.given_minor - cash.minor - cash.rounding_minor) : 0;
  return {
    ...sale,
    pending: null,
    tenders: [...sale.tenders, { method: tender.method, amount_minor: tender.amount_minor, status: "kept", note: noteOf(tender) }],
    finished: { number: sale.order?.number || "", total_minor: sales.total(), change_minor, cash, receipt: null, at: Date.now(), isOffline: true, queued },
  };
}

const paperOf = (sale, tender, { finished }, number) =>
  factsOf(sale, tender, { number, soldAt: new Date(finished.at).toISOString(), given_minor: finished.cash?.given_minor ?? 0, change_minor: finished.change_minor, rounding_minor: finished.cash?.rounding_minor ?? 0 });

// Looks how the order stands that is remembered: after a start, when the line comes back, and when the server would not take its money. One that was placed and paid
// meanwhile, wherever that was, is finished here.
export async function look() {
  await sales.look();
  const { sale } = sales;
  if (!api.isOnline() || !sale.order || sale.pending || sale.phonePays) return;
  try {
    await notePaid(sale);
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
  }
}

// Looks whether the order got money that this till did not take: by a link on the customer's phone. Says whether it is paid. What is being taken here meanwhile is
// noted by whoever takes it, with its change.
export async function paidElsewhere() {
  const { sale } = sales;
  await sales.readOrder(sale);
  return !isTaking && notePaid(sale);
}

// Notes what was paid without this till, and finishes what is paid. Asked twice at once it notes each payment once.
async function notePaid(sale) {
  const { status, open, total } = sale.order;
  if (sale.pending || !["open", "completed"].includes(status)) return false;
  const isPaid = open.amount_minor === 0;
  const known = sale.tenders.filter((row) => row.status === "paid").reduce((sum, row) => sum + row.amount_minor, 0);
  const isNews = total.amount_minor - open.amount_minor > known;
  if (isNews) {
    const { payments } = await api.get(`orders/${sale.order.id}/`);
    if (sale.pending) return false;
    for (const row of payments) noteTender(sale, row);
  }
  // Placed for nothing, it still waits for somebody to hand it over.
  const isOver = isPaid && (total.amount_minor > 0 || status === "completed");
  if (sale === sales.sale && !sale.finished && (isNews || isOver)) await settle({});
  return isPaid;
}

function noteTender(sale, payment) {
  const tender = sales.tenderOf(payment);
  if (!tender || sale.tenders.some((row) => row.payment_id === tender.payment_id)) return;
  const isByLink = sale.linkId && !AT_A_TILL.has(tender.method);
  sale.tenders.push(isByLink ? { ...tender, method: "link" } : tender);
}
