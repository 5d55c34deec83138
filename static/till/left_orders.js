// Orders whose goods were sold here without a line instead. As soon as there is one, their links are withdrawn and they end, if nobody paid them. One that got money all the
// same is said until somebody has seen it: the customer paid twice. What became of each stands with its sale in the queue, so that nothing of it is lost with the power.
import * as api from "./api.js";
import { isUnanswered, revoke } from "./link.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";

const AGAIN_MS = 5000;
// Somebody is paying there at this moment, or this tablet may not ask now: asked again.
const NOT_YET = new Set(["payment_in_progress", "payment_outcome_unknown", "payment_not_endable", "till_in_training"]);

let isEnding = false;

// Now, whenever the line comes back, and again until it is known of each.
export function keepEnding() {
  api.watchLine((isReachable) => isReachable && endAll());
  setInterval(endAll, AGAIN_MS);
  endAll();
}

export async function endAll() {
  if (isEnding || !api.isOnline()) return;
  isEnding = true;
  try {
    for (const row of queue.leftOrders("open")) await end(row);
  } catch (error) {
    if (!(error instanceof api.Unreachable)) throw error;
  } finally {
    isEnding = false;
  }
}

async function end(row) {
  try {
    const paidMinor = await endUnpaid(row);
    if (paidMinor !== null) await queue.noteLeft(row, paidMinor ? { status: "paid", paid_minor: paidMinor } : { status: "ended" });
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    // Ended, or taken on, by somebody else: what it gets from there is said in the back office.
    if (!isPassing(error)) await queue.noteLeft(row, { status: "ended" });
  }
}

const isPassing = (error) => NOT_YET.has(error.code) || error.status === 401;

// In this order: once its link is withdrawn nobody begins to pay there, and once those who began have an answer it is known what was paid. Returns that; null while it is not.
async function endUnpaid(row) {
  const { order_id: orderId } = row.left;
  await withdraw(row);
  const { payments } = await api.get(`orders/${orderId}/`);
  const unanswered = payments.filter(isUnanswered);
  // Whose outcome is unknown cannot be ended, only awaited.
  for (const { id } of unanswered.filter(({ status }) => status !== "unknown")) await api.post(`payments/${id}/endings/`, {}, api.newKey());
  if (unanswered.length) return null;
  const paidMinor = payments.map(sales.tenderOf).reduce((sum, tender) => sum + (tender?.amount_minor || 0), 0);
  if (!paidMinor) await sales.endUnpaid(orderId, "sold offline", `${orderId}-drop`);
  return paidMinor;
}

// One that ended by itself, or was paid, cannot be withdrawn, and need not be.
async function withdraw(row) {
  const { link_id: linkId, is_withdrawn: isWithdrawn } = row.left;
  if (!linkId || isWithdrawn) return;
  try {
    await revoke(linkId);
  } catch (error) {
    if (!(error instanceof api.Refused) || isPassing(error)) throw error;
  }
  await queue.noteLeft(row, { is_withdrawn: true });
}
