// Paying on the customer's own phone: a link to the rest, as a QR code on this screen. The till waits and sees it paid.
import * as api from "./api.js";
import { ask, h, say } from "./dom.js";
import { currency } from "./place.js";
import * as sales from "./sale.js";
import * as tender from "./tender.js";
import * as socket from "./socket.js";
import { money, t } from "./words.js";

const LASTS_SECONDS = 900;
const ASK_MS = 2000;
const END_TRIES = 5;
const END_AGAIN_MS = 1000;
// A payment in these has no answer yet.
const UNANSWERED = ["pending", "action_required", "unknown"];

let followed = null;
// The code is on the screen: somebody may be scanning it.
let isShown = false;

export async function openLink() {
  await sales.sync();
  if (!sales.isSynced()) throw sales.lastProblem() || new api.Unreachable(t("card_needs_line"));
  const { sale } = sales;
  // A draft can change; what is paid elsewhere may not.
  await api.post(`orders/${sale.order.id}/placements/`, {}, `${sale.key}-place`);
  await sales.readOrder();
  await sales.keep();
  const link = await api.post("payment-links/", { order_id: sale.order.id, expires_in_seconds: LASTS_SECONDS }, `${sale.key}-link-${sale.order.version}-${sale.order.open.amount_minor}`);
  sale.linkId = link.id;
  await sales.keep();
  const picture = await pictureOf(link.id);
  sale.isLinkOut = true;
  await sales.keep();
  let isOpen = true;
  isShown = true;
  const watching = watch(sale, () => isOpen);
  await ask(t("pay_on_phone"), (close) => {
    watching.then((isPaid) => isPaid && close(true));
    return {
      body: [h("p", {}, t("scan_to_pay", { amount: money(sale.order.open.amount_minor, currency()) })), h("img", { class: "till-qr", src: picture, alt: t("qr_of_link") }), h("p", { class: "till-address" }, link.payment_url), h("p", { class: "hint", role: "status" }, t("waits_for_phone"))],
      foot: h("button", { type: "button", class: "btn", onclick: () => close(false) }, t("pay_otherwise")),
    };
  });
  isOpen = false;
  isShown = false;
  if (await watching) return;
  await withdraw(link.id);
}

// A data address: the page's policy lets no other picture in.
async function pictureOf(linkId) {
  return `data:image/svg+xml;base64,${btoa(await api.getText(`payment-links/${linkId}/qr.svg`))}`;
}

async function watch(sale, isOpen) {
  let woken = () => {};
  const stop = socket.follow([`order:${sale.order.id}`], () => woken());
  try {
    while (isOpen() && sale === sales.sale) {
      if (await isPaid()) return true;
      await Promise.race([api.pause(ASK_MS), new Promise((resolve) => { woken = resolve; })]);
    }
    return false;
  } finally {
    stop();
  }
}

// Without a line nobody can say: it is asked again until somebody can.
async function isPaid() {
  try {
    return await tender.paidElsewhere();
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    return false;
  }
}

// Closed before it was paid: the link ends, so that nobody pays what is paid at the counter now.
async function withdraw(linkId) {
  try {
    await revoke(linkId);
    await noteWithdrawn(linkId);
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
  }
  await tender.paidElsewhere();
  await waitForPhone();
}

async function noteWithdrawn(linkId) {
  if (sales.sale.linkId !== linkId) return;
  sales.sale.isLinkOut = false;
  await sales.keep();
}

// The line broke before the link could be withdrawn: it is as soon as there is one, while the sale is still here. Who paid by then has paid, and is seen to have.
export async function withdrawLeft() {
  const { sale } = sales;
  if (!sale.isLinkOut || sale.finished || isShown) return;
  try {
    await revoke(sale.linkId);
    await noteWithdrawn(sale.linkId);
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
  }
  sales.changed();
}

export const revoke = (linkId) => api.post(`payment-links/${linkId}/revoke/`, {}, `${linkId}-revoke`);

// Somebody began to pay on the phone: until that has its answer nothing else is taken, and the sale says so. Returns once it is known whether there is such a payment.
export async function waitForPhone() {
  const { sale } = sales;
  if (sale.finished || followed === sale || !(await hasUnanswered(sale))) return;
  followed = sale;
  sale.phonePays = true;
  say(t("phone_pays"));
  await sales.keep();
  sales.changed();
  followPhone(sale);
}

// Ends what waits there for the customer, and the link with it. Only asked for: who paid in the same moment has paid, and the till sees that as it sees any end.
export async function endPhone() {
  const { sale } = sales;
  if (sale.linkId) await revoke(sale.linkId);
  for (let tries = 1; ; tries += 1) {
    try {
      for (const row of await listUnanswered(sale)) await api.post(`payments/${row.id}/endings/`, {}, api.newKey());
      break;
    } catch (error) {
      // The page on the phone is only being opened.
      if (!(error instanceof api.Refused) || error.code !== "payment_in_progress" || tries >= END_TRIES) throw error;
    }
    await api.pause(END_AGAIN_MS);
  }
  if (sale !== sales.sale || !sale.phonePays) return;
  sale.phoneEnds = true;
  await sales.keep();
}

// After a reload it is still awaited, and so is what may be paid by a link that was shown.
export function resumePhone() {
  const { sale } = sales;
  if (sale.phonePays) return followPhone(sale);
  return sale.linkId && !sale.finished ? watch(sale, () => !sale.finished) : undefined;
}

async function followPhone(sale) {
  followed = sale;
  let woken = () => {};
  const stop = socket.follow([`order:${sale.order.id}`], () => woken());
  try {
    while (sale === sales.sale && !sale.finished && (await isStillOpen(sale))) {
      await Promise.race([api.pause(ASK_MS), new Promise((resolve) => { woken = resolve; })]);
    }
  } finally {
    stop();
    followed = null;
  }
  if (sale !== sales.sale) return;
  sale.phonePays = false;
  sale.phoneEnds = false;
  if (!sale.finished) say(t("phone_ended"));
  await sales.keep();
  sales.changed();
}

// Asked in this order, what is paid between the two questions is seen by the second.
async function isStillOpen(sale) {
  try {
    const isOpen = await hasUnanswered(sale);
    if (sale === sales.sale) await tender.paidElsewhere();
    return isOpen;
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    return true;
  }
}

const hasUnanswered = async (sale) => (await listUnanswered(sale)).length > 0;

async function listUnanswered(sale) {
  const { payments } = await api.get(`orders/${sale.order.id}/`);
  return payments.filter(isUnanswered);
}

export const isUnanswered = ({ status }) => UNANSWERED.includes(status);
