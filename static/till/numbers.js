// The receipt numbers of this till's register: the last one given, fresh at each contact with the server, kept beside the queue. A sale that is made without a line takes the
// next one in the transaction that queues it (store.js), so that neither a second tab nor a power cut gives a number twice.
import * as api from "./api.js";
import * as store from "./store.js";

// What this page has heard so far: IndexedDB is asked only when there is something to raise.
const heard = new Map();

// From whatever says who this tablet is.
export async function note({ register }) {
  const last = register?.last_receipt_number;
  if (!Number.isInteger(last) || heard.get(register.id) >= last) return;
  await store.raiseNumber(register.id, last);
  heard.set(register.id, last);
}

// A receipt was made at the server: what comes next is asked for at once, not seconds later.
export const ask = () => api.ping();

export function follow() {
  api.watchMe(note);
}
