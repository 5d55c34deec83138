// What was done without a line, in order, until the server has answered each. Nothing leaves this list unanswered.
import * as api from "./api.js";
import { place } from "./place.js";
import * as store from "./store.js";

// Answers to a call that would be the same for ever: it is malformed, too large, or something in it may not be kept.
const UNREADABLE = new Set([400, 413, 422]);
const AT_ONCE = 50;
const AGAIN_MS = 5000;
// Answers are kept for whoever asks what became of a sale.
const ANSWERED_KEPT = 200;

let rows = [];
let isSending = false;
const watchers = new Set();

export const waiting = () => rows.filter((row) => row.status === "waiting");
export const refused = () => rows.filter((row) => row.status === "refused");
export const answered = () => rows.filter((row) => row.status === "sent");

// Returns what ends it.
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export async function recall() {
  rows = await store.all("queue");
}

// Keeps an operation, and in the same breath what `name` becomes: a sale is either still on screen or in the queue, never both or neither.
export async function enqueue(item, name, value) {
  const row = { ...item, made_at: new Date().toISOString(), status: "waiting", answer: null };
  row.seq = await store.addAndPut("queue", row, name, value);
  rows.push(row);
  changed();
  send();
}

// The same under the next receipt number of a register, which is taken in that breath too: `make(number)` returns the operation and what `name` becomes.
export async function enqueueNumbered(registerId, name, make) {
  const row = await store.addNumbered("queue", name, registerId, (number) => {
    const { item, value } = make(number);
    return { row: { ...item, register_id: registerId, made_at: new Date().toISOString(), status: "waiting", answer: null }, value };
  });
  rows.push(row);
  changed();
  send();
  return row;
}

// Sales made without a line whose goods an order at the server had, by what became of that: `open` while nobody knows, `paid` if it got money as well, `ended`, `seen`.
export const leftOrders = (status) => rows.filter((row) => row.left?.status === status);

export async function noteLeft(row, news) {
  Object.assign(row.left, news);
  await store.save("queue", row);
  changed();
}

// What is kept of the operation with this key, if it is still known.
export const find = (key) => rows.find((row) => row.key === key) || null;

// The paper that was made here goes to the printer.
export async function notePrint(row) {
  row.printed = (row.printed || 0) + 1;
  await store.save("queue", row);
  changed();
}

// Printed here, landed, and not yet counted at the server. A slip without a number was not the receipt: that is still to be printed.
const untold = () => answered().filter((row) => row.answer.body.receipt && row.paper?.number !== null && (row.told || 0) < (row.printed || 0));

// Sends what waits, oldest first. A refused item is shown to a person; those behind it go on.
export async function send() {
  if (isSending || !(waiting().length || untold().length)) return;
  isSending = true;
  try {
    while (waiting().length) {
      const batch = waiting().slice(0, AT_ONCE);
      const results = await ask(batch);
      let isStuck = false;
      for (const [place, row] of batch.entries()) isStuck = (await take(row, results[place])) || isStuck;
      changed();
      if (isStuck) break;
    }
    await tellPrints();
    await drop();
  } catch (error) {
    if (!(error instanceof api.Unreachable) && !(error instanceof api.Refused)) throw error;
  } finally {
    isSending = false;
  }
}

// A person has seen why it was refused and sends it once more, perhaps with an approval.
export async function tryAgain(row, changes = {}) {
  Object.assign(row, { status: "waiting", body: { ...row.body, ...changes }, key: Object.keys(changes).length ? api.newKey() : row.key });
  await store.save("queue", row);
  changed();
  return send();
}

// A number is the till's that gave it. At another one, with which this tablet was paired since, a sale takes the next of that one, and its order notes what its paper says.
function bodyHere({ body, register_id, paper }) {
  const { receipt_number: number, ...rest } = body;
  if (!number || !register_id || register_id === place.register?.id) return body;
  return { ...rest, note: `${paper.register.name}-${number}` };
}

// One item that cannot be read has the whole call refused: halved until it stands alone, so that it holds up no sale behind it. Keys make a repeat harmless.
async function ask(batch) {
  const operations = batch.map((row) => ({ key: row.key, path: row.path, body: bodyHere(row) }));
  try {
    return (await api.post("till/batch/", { operations })).results;
  } catch (error) {
    if (!(error instanceof api.Refused) || !UNREADABLE.has(error.status)) throw error;
    if (batch.length === 1) return [{ key: batch[0].key, status: error.status, body: error.document }];
    const half = Math.ceil(batch.length / 2);
    return [...(await ask(batch.slice(0, half))), ...(await ask(batch.slice(half)))];
  }
}

// What says nothing about the sale itself: it waits on.
const NOT_ITS_FAULT = new Set(["request_in_flight", "till_in_training"]);

// A print of what is not there, or not this tablet's any more.
const NEVER = new Set([403, 404]);

async function take(row, result) {
  if (!result || result.key !== row.key || result.status >= 500 || result.status === 401 || NOT_ITS_FAULT.has(result.body?.code)) return true;
  row.status = result.status < 400 ? "sent" : "refused";
  row.answer = { status: result.status, body: result.body, at: new Date().toISOString() };
  await store.save("queue", row);
  return false;
}

// Prints that were made here are counted at the server, so that what it prints of the same receipt afterwards says COPY.
// What will never be counted, as at a tablet that stands elsewhere by now, is not asked for ever.
async function tellPrints() {
  for (let [row] = untold(); row; [row] = untold()) {
    const told = (row.told || 0) + 1;
    try {
      await api.post(`receipts/${row.answer.body.receipt.id}/prints/`, {}, `${row.key}-print-${told}`);
    } catch (error) {
      if (!(error instanceof api.Refused) || !NEVER.has(error.status)) throw error;
    }
    row.told = told;
    await store.save("queue", row);
  }
}

async function drop() {
  const isAsked = (row) => ["open", "paid"].includes(row.left?.status);
  for (const row of answered().slice(0, -ANSWERED_KEPT).filter((one) => !isAsked(one))) {
    await store.remove("queue", row.seq);
    rows = rows.filter((kept) => kept !== row);
  }
}

function changed() {
  for (const watcher of watchers) watcher();
}

export function keepSending() {
  api.watchLine((isReachable) => isReachable && send());
  setInterval(async () => {
    // With nothing to send it asks who it is: a tablet whose token ended says so within seconds.
    if (api.isOnline() && (waiting().length || untold().length)) await send();
    else await api.ping();
  }, AGAIN_MS);
  send();
}
