// The sale under way: its lines here, its order at the server, its money. Kept before anything is sent, so a reload goes on where it was.
import * as api from "./api.js";
import { catalogue, find, nameOf } from "./catalogue.js";
import { currency, place } from "./place.js";
import * as store from "./store.js";

export const QUANTITY_MAX = 9999;
const blank = () => ({
  key: api.newKey(),
  lines: [],
  // Gift cards to sell: {amount_minor, code, voucher_id, isNew, hint}.
  cards: [],
  order: null,
  sentLines: "",
  tenders: [],
  // Goods that somebody pays for by name: {due, minor, pieces} each, as it stood when they were chosen.
  portions: [],
  pending: null,
  finished: null,
  // The customer is paying on the phone, and nobody knows yet how that ends.
  phonePays: false,
  // Somebody here wants that ended, and nobody knows yet whether it was paid before.
  phoneEnds: false,
  // The payment link that was shown last.
  linkId: null,
  // Nobody could withdraw it since: it may still be paid on the phone.
  isLinkOut: false,
  // Whose it shall be, while the server does not know it yet: {name, key, body}.
  wants: null,
  // Its order was offered to another till, or to the customer's phone, by a code.
  isPassedOn: false,
  // The number of an order that went on without this tablet: what is in the cart is a sale of its own since.
  left: "",
});

export let sale = blank();
const watchers = new Set();
let syncing = Promise.resolve();
let problem = null;

export const watch = (watcher) => watchers.add(watcher);
export const lastProblem = () => problem;

export function changed() {
  for (const watcher of watchers) watcher();
}

export const keep = () => store.put("sale", sale);

export async function recall() {
  const kept = await store.get("sale");
  if (!kept) return;
  sale = { ...blank(), ...kept };
  // Of a tablet that was put back to an earlier day the key may have made an order since. While nothing was asked with it, it need not be kept.
  if (isEmpty()) sale.key = api.newKey();
}

export async function begin(next = blank()) {
  sale = next;
  problem = null;
  await keep();
  changed();
}

// A cart with nothing in it, whoever it is for.
export const isEmpty = () => !hasLines() && !sale.order;
export const hasMoney = () => sale.tenders.some((tender) => tender.status === "paid");
// With money on it, or on its way, an order's lines are fixed.
export const isFixed = () => Boolean(sale.pending || sale.finished || hasMoney() || (sale.order && sale.order.status !== "draft"));
export const pieces = () => sale.lines.reduce((sum, line) => sum + line.quantity, 0) + sale.cards.length;
export const quantityOf = (article) => sale.lines.find((line) => line.article === article)?.quantity || 0;
// What is to be paid for: articles and gift cards.
export const hasLines = (one = sale) => one.lines.length + one.cards.length > 0;
const wire = (one = sale) => ({ lines: one.lines.map(({ article, quantity }) => ({ article, quantity })), gift_cards: one.cards.map(wireCard) });

function wireCard({ amount_minor, code, voucher_id, isNew }) {
  const known = voucher_id ? { voucher_id } : isNew ? { card_code: code } : { top_up_code: code };
  return { amount_minor, ...(code || voucher_id ? known : {}) };
}

export const isSynced = () => Boolean(sale.order) && sale.sentLines === JSON.stringify(wire());

// What the lines come to by the prices on this tablet, tax included, before promotions.
export const localTotal = () => sale.lines.reduce((sum, line) => sum + localLine(line), 0) + sale.cards.reduce((sum, card) => sum + card.amount_minor, 0);

// As it is paid in coins here: the nearest that there are, half up, as the server rounds.
function inCash(minor) {
  const { step_minor: step, least_minor: least } = place.store.cash || { step_minor: 1, least_minor: 0 };
  return minor > 0 ? Math.max(least, Math.floor((2 * minor + step) / (2 * step)) * step) : minor;
}

export function localLine(line) {
  const net = line.unit_minor * line.quantity;
  return line.includes_tax ? net : net + Math.round((net * line.rate) / 10000);
}

// The server's line for one of ours, with what was taken off it; null until it has answered.
export function serverLine(line) {
  if (!isSynced()) return null;
  return sale.order.lines.find((row) => row.sku === line.sku && row.quantity === line.quantity) || null;
}

export const lineTotal = (line) => serverLine(line)?.total_minor ?? localLine(line);
export const due = () => (isSynced() ? sale.order.open.amount_minor : sale.order && !hasLines() ? sale.order.open.amount_minor : localTotal());
export const dueInCash = () => (isSynced() || !hasLines() ? sale.order?.open_in_cash?.amount_minor ?? due() : inCash(localTotal()));
export const total = () => (isSynced() || (sale.order && !hasLines()) ? sale.order.total.amount_minor : localTotal());

export async function addArticle(id, quantity = 1) {
  if (isFixed()) return false;
  const line = sale.lines.find((row) => row.article === id);
  if (line) return setQuantity(id, line.quantity + quantity);
  const article = find(id);
  sale.lines.push({
    article: id,
    sku: article.sku,
    name: nameOf(article),
    quantity,
    unit_minor: article.price.amount_minor,
    includes_tax: article.price_includes_tax,
    rate: article.tax_rate_basis_points || 0,
  });
  await linesChanged();
  return true;
}

export async function setQuantity(id, quantity) {
  if (isFixed() || quantity > QUANTITY_MAX) return false;
  const line = sale.lines.find((row) => row.article === id);
  if (quantity <= 0) sale.lines = sale.lines.filter((row) => row !== line);
  else line.quantity = quantity;
  await linesChanged();
  return true;
}

// Puts a gift card on the sale: a new one, one with a printed number, or more money for one there is.
export async function addCard(card) {
  if (isFixed()) return;
  sale.cards.push({ code: "", voucher_id: null, isNew: false, hint: (card.code || "").replace(/[^0-9a-z]/gi, "").slice(-4).toUpperCase(), ...card });
  await linesChanged();
}

export async function dropCard(card) {
  if (isFixed()) return;
  sale.cards = sale.cards.filter((row) => row !== card);
  await linesChanged();
}

async function linesChanged() {
  await keep();
  changed();
  sync();
}

// Brings the order at the server to what is shown here. One request at a time; what is pressed meanwhile goes with the next.
export function sync() {
  syncing = syncing.then(syncNow, syncNow);
  return syncing;
}

async function syncNow() {
  if (!api.isOnline()) return;
  if (isFixed() || isSynced()) return nameBuyer();
  const mine = sale;
  const basket = wire();
  const isShown = await attempt(mine, async () => {
    if (!hasLines(mine)) return dropOrder(mine);
    if (!mine.order) await startOrder(mine, basket);
    else await sendLines(mine, basket);
    await readOrder(mine);
    if (isLeft(mine)) await startAnew(mine, basket);
    mine.sentLines = JSON.stringify(basket);
    return undefined;
  });
  return isShown ? nameBuyer() : undefined;
}

// Does something with the server about a sale; what is refused stands above the cart. Returns whether that sale is still the one that is shown.
async function attempt(mine, act) {
  try {
    await act();
    problem = null;
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    problem = error instanceof api.Refused ? error : null;
  }
  if (mine !== sale) return false;
  await keep();
  changed();
  return true;
}

// Whose it is, as the server has it or as it shall be; null for nobody.
export const buyer = () => (sale.wants ? (sale.wants.name ? sale.wants : null) : sale.order?.customer ?? null);

// Notes whose it is: {customer_id} or {new}, or with neither that it is nobody's. Before the order is at the server it is kept here until then.
export async function wantBuyer(name, body) {
  if (sale.finished) return;
  sale.wants = { name, body, key: api.newKey() };
  await keep();
  changed();
  await sync();
  if (problem) throw problem;
}

// Whoever was to be noted is not.
export async function forgetBuyer() {
  sale.wants = null;
  await keep();
  changed();
}

async function nameBuyer() {
  const mine = sale;
  const { wants, order } = mine;
  if (!wants || !order || mine.finished) return;
  problem = null;
  try {
    mine.order = { ...order, ...(await api.post(`orders/${order.id}/customers/`, wants.body, wants.key)) };
    if (mine.wants === wants) mine.wants = null;
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    if (error instanceof api.Refused) {
      problem = error;
      mine.wants = null;
    }
  }
  if (mine !== sale) return;
  await keep();
  changed();
}

async function startOrder(mine, basket) {
  // The same lines under the same key begin the same order, also after a reload.
  const made = await api.post("till/orders/", basket, `${mine.key}-begin-${await digest(basket)}`);
  mine.order = { id: made.id, number: made.number, version: made.version, status: made.status };
}

// A tablet that was put back to an earlier day remembers a draft that was paid, or ended, since: nothing of that was done by the sale that is shown. What is in the
// cart is then not that order's, and goods would go out with its money. An order that was placed and got nothing yet, with these lines, is still this sale's, and so is
// one that was passed on and paid there.
function isLeft(mine) {
  const { order } = mine;
  if (order.status === "draft" || mine.pending || mine.finished || mine.phonePays || mine.tenders.some((tender) => tender.status === "paid")) return false;
  if (order.status === "open" && order.open.amount_minor === order.total.amount_minor) return !mine.tenders.length && !hasSameLines(mine);
  return order.status === "cancelled" || !mine.isPassedOn || !hasSameLines(mine);
}

function hasSameLines({ order, lines, cards }) {
  const pieces = {};
  for (const line of order.lines.filter((row) => !isCard(row))) pieces[line.sku] = (pieces[line.sku] || 0) + line.quantity;
  for (const line of lines) pieces[line.sku] = (pieces[line.sku] || 0) - line.quantity;
  return order.lines.filter(isCard).length === cards.length && Object.values(pieces).every((left) => left === 0);
}

// What is in the cart becomes a sale of its own, and says so.
async function startAnew(mine, basket) {
  const { number } = mine.order;
  Object.assign(mine, { key: api.newKey(), order: null, sentLines: "", tenders: [], portions: [], linkId: null, isLinkOut: false, isPassedOn: false, wants: buyerOf(mine), left: number });
  if (mine === sale) await keep();
  await startOrder(mine, basket);
  await readOrder(mine);
}

// Looks whether the order that is remembered is still this sale's: after a start, when the line comes back, and when the server would not take its money.
export function look() {
  syncing = syncing.then(lookNow, lookNow);
  return syncing;
}

async function lookNow() {
  const mine = sale;
  if (!api.isOnline() || !mine.order || !hasLines(mine) || mine.finished || mine.pending) return syncNow();
  const kept = mine.order;
  const isShown = await attempt(mine, async () => {
    await readOrder(mine);
    // What was placed has lines that are fixed: its money, whoever took it, is for what is shown here.
    if (isLeft(mine) && (kept.status === "draft" || mine.order.status === "cancelled")) {
      const basket = wire(mine);
      await startAnew(mine, basket);
      mine.sentLines = JSON.stringify(basket);
    } else if (mine.order.status === "draft" && mine.order.version !== kept.version) mine.sentLines = "";
  });
  return isShown ? syncNow() : undefined;
}

async function sendLines(mine, basket) {
  const send = async () => api.post(`orders/${mine.order.id}/lines/`, { ...basket, version: mine.order.version }, `${mine.key}-${mine.order.version}-${await digest(basket)}`);
  try {
    Object.assign(mine.order, await send());
  } catch (error) {
    if (!["order_changed", "order_not_open", "order_has_money"].includes(error.code)) throw error;
    await readOrder(mine);
    if (isLeft(mine)) return;
    Object.assign(mine.order, await send());
  }
}

async function digest(basket) {
  const bytes = new TextEncoder().encode(JSON.stringify(basket));
  const hash = crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : bytes.slice(-16);
  return [...hash.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Totals, lines and discounts as the server has them.
export async function readOrder(mine = sale) {
  mine.order = await api.get(`orders/${mine.order.id}/discounts/`);
  return mine.order;
}

async function dropOrder(mine) {
  if (!mine.order) return;
  await endDraft(mine);
  Object.assign(mine, { order: null, sentLines: "", key: api.newKey(), wants: buyerOf(mine) });
}

// Whose the next order shall be: whoever this one was for.
function buyerOf({ wants, order: { customer } }) {
  return wants ?? (customer ? { name: customer.name, body: { customer_id: customer.id }, key: api.newKey() } : null);
}

// An emptied cart ends its draft.
async function endDraft(mine) {
  mine.order = await endUnpaid(mine.order.id, "cart emptied", `${mine.key}-drop`);
}

// Ends an order that nothing came of. One that got money since is not given back for it.
export async function endUnpaid(orderId, reason, key) {
  const order = await api.get(`orders/${orderId}/discounts/`);
  if (order.open.amount_minor === order.total.amount_minor) await api.post(`orders/${orderId}/cancellations/`, { reason }, key);
  return order;
}

// Puts the sale away unpaid. Its draft at the server ends with it, as soon as somebody can tell the server.
export async function clear() {
  if (isFixed() && (hasMoney() || sale.pending)) return;
  const old = sale;
  await begin();
  if (!old.order) return;
  try {
    await endDraft(old);
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
  }
}

// What of this sale goes on at another till: its goods, while nothing was paid and the prices are the same merchant's.
export function startedElsewhere({ isSameMerchant }) {
  const isLoose = isSameMerchant && !hasMoney() && !sale.pending && !sale.finished;
  return { ...blank(), ...(isLoose ? { lines: sale.lines, cards: sale.cards } : {}) };
}

// Goes on with an order the server has: a resumed one, one begun online, one that is half paid.
export async function adopt(orderId) {
  const detail = await api.get(`orders/${orderId}/`);
  const next = blank();
  next.order = { id: orderId, number: detail.number };
  await readOrder(next);
  next.lines = linesOf(next.order);
  next.cards = cardsOf(next.order);
  next.sentLines = JSON.stringify(wire(next));
  next.tenders = detail.payments.map(tenderOf).filter(Boolean);
  await begin(next);
}

const isCard = (line) => line.kind === "gift_card";
const cardsOf = (order) => order.lines.filter(isCard).map((line) => ({ amount_minor: line.unit_price_minor, code: "", voucher_id: line.voucher_id, isNew: false, hint: "" }));

function linesOf(order) {
  return order.lines.filter((line) => !isCard(line)).map((line) => ({
    article: catalogue.codes.get(line.sku.toLowerCase()) || line.sku,
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    unit_minor: line.unit_price_minor,
    includes_tax: line.includes_tax,
    rate: line.tax_rate_basis_points,
  }));
}

// Notes that the order goes on elsewhere, by a code that is about to be made.
export async function passOn() {
  sale.isPassedOn = true;
  await keep();
}

export function tenderOf(payment) {
  const isPaid = ["captured", "authorised", "partly_captured"].includes(payment.status);
  return isPaid ? { method: payment.method, payment_id: payment.id, amount_minor: payment.amount.amount_minor, status: "paid", note: "" } : null;
}

export async function discount(given) {
  await sync();
  sale.order = await api.post(`orders/${sale.order.id}/discounts/`, { ...given, version: sale.order.version });
  await keep();
  changed();
}

export async function takeDiscountBack(id) {
  sale.order = await api.post(`orders/${sale.order.id}/discounts/${id}/removals/`, { version: sale.order.version });
  await keep();
  changed();
}

export const amount = (minor) => ({ amount_minor: minor, currency: currency() });
