// A card on a terminal, step by step: the socket says when something happened, asking again is always safe and never charges.
import * as api from "./api.js";
import * as sales from "./sale.js";
import * as socket from "./socket.js";
import { t } from "./words.js";

export const STEPS = ["sent", "card", "pin", "bank", "done"];
const ENDED = ["succeeded", "declined", "failed"];
// With the socket open a question in between is only for what it lost.
const ASK_MS = 1500;
const ASK_WITHOUT_SOCKET_MS = 500;

// Follows an operation until it has its end and returns it; the sale's `pending` says meanwhile where it is.
export async function follow(sale, operationId) {
  let woken = () => {};
  const topics = [`order:${sale.order.id}`];
  const stop = socket.follow(topics, (event) => {
    if (event.kind === "terminal" && event.operation_id === operationId && event.step) showStep(sale, event.step);
    if (event.operation_id === operationId || event.kind === "lost") woken();
  });
  try {
    for (;;) {
      const operation = await ask(operationId);
      if (sale !== sales.sale || !sale.pending) return null;
      if (operation) {
        if (operation.terminal_id && !topics.includes(`terminal:${operation.terminal_id}`)) {
          topics.push(`terminal:${operation.terminal_id}`);
          socket.resubscribe();
        }
        if (ENDED.includes(operation.status)) return operation;
        await show(sale, operation);
      }
      await Promise.race([api.pause(socket.isOpen() ? ASK_MS : ASK_WITHOUT_SOCKET_MS), new Promise((resolve) => { woken = resolve; })]);
    }
  } finally {
    stop();
  }
}

async function ask(operationId) {
  try {
    return await api.get(`operations/${operationId}/`);
  } catch (error) {
    if (error instanceof api.Unreachable || error instanceof api.Refused) return null;
    throw error;
  }
}

async function show(sale, operation) {
  const before = JSON.stringify([sale.pending.operation?.status, sale.pending.words]);
  sale.pending.operation = { id: operation.id, status: operation.status, terminal_id: operation.terminal_id, payment_id: operation.payment_id };
  sale.pending.words = operation.words;
  if (JSON.stringify([operation.status, operation.words]) === before) return;
  await sales.keep();
  sales.changed();
}

function showStep(sale, step) {
  if (!sale.pending || sale.pending.operation?.status === "unknown") return;
  const words = { code: step, text: STEPS.includes(step) ? t(`step_${step}_text`) : "", next_step: "", warning: "" };
  if (sale.pending.words?.code === step || sale.pending.words?.code === "cancel_asked") return;
  sale.pending.words = words;
  sales.changed();
}

export const isUnknown = (pending) => pending.operation?.status === "unknown" || pending.words?.code === "unknown";
export const isCancelAsked = (pending) => pending.words?.code === "cancel_asked";

// How far it is: the place in STEPS. A signature is asked for where a PIN would be.
export function placeOf(pending) {
  const code = pending.words?.code || "sent";
  return Math.max(0, STEPS.indexOf(code === "signature" ? "pin" : code));
}

// Has the server ask terminal and gateway at once; it does so by itself too.
export const lookUp = (operationId) => api.post(`operations/${operationId}/look-ups/`);
