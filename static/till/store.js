// What this tablet keeps: IndexedDB survives a reload, a crash and the power going off.
//   kept      by name: the token, who and where we are, the sale under way, settings
//   articles  the catalogue, by variant id
//   queue     operations for the server, in the order in which they were made
// Under the name NUMBERS stands the last receipt number of each register this tablet was paired with.
const NAME = "tillsyn-till";
const VERSION = 1;
const NUMBERS = "receipt-numbers";
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("articles", { keyPath: "id" });
      request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true }).createIndex("key", "key", { unique: true });
    };
    request.onsuccess = () => {
      // Another tab with a newer page may change the shape.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

// Runs `work` in one transaction and resolves when it is on the disk.
async function transact(names, mode, work) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode, { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    const asked = work(transaction, (value) => { result = value; });
    if (asked) asked.onsuccess = () => { result = asked.result; };
  });
}

export const get = (name) => transact("kept", "readonly", (tx) => tx.objectStore("kept").get(name));
export const put = (name, value) => transact("kept", "readwrite", (tx) => tx.objectStore("kept").put(value, name));
export const all = (store) => transact(store, "readonly", (tx) => tx.objectStore(store).getAll());
export const save = (store, row) => transact(store, "readwrite", (tx) => tx.objectStore(store).put(row));
export const remove = (store, key) => transact(store, "readwrite", (tx) => tx.objectStore(store).delete(key));

// A row of the queue and a kept value together: a sale that is queued is over in the same breath.
export function addAndPut(store, row, name, value) {
  return transact([store, "kept"], "readwrite", (tx) => {
    tx.objectStore("kept").put(value, name);
    return tx.objectStore(store).add(row);
  });
}

// The same under the next receipt number of a register: `make(number)` returns the row and the kept value, and what it throws or the database refuses takes no number. It is null
// while nobody ever said which was the last. Returns the row as it stands in the store.
export function addNumbered(store, name, registerId, make) {
  return transact([store, "kept"], "readwrite", (tx, give) => {
    const kept = tx.objectStore("kept");
    kept.get(NUMBERS).onsuccess = ({ target }) => {
      const last = target.result?.[registerId];
      const number = Number.isInteger(last) ? last + 1 : null;
      const { row, value } = make(number);
      if (number !== null) kept.put({ ...target.result, [registerId]: number }, NUMBERS);
      kept.put(value, name);
      tx.objectStore(store).add(row).onsuccess = (added) => give({ ...row, seq: added.target.result });
    };
  });
}

// The server gave a register's numbers up to `last`: none of them is given here any more. It never goes down.
export function raiseNumber(registerId, last) {
  return transact(["kept"], "readwrite", (tx) => {
    const kept = tx.objectStore("kept");
    kept.get(NUMBERS).onsuccess = ({ target }) => {
      if (!(target.result?.[registerId] >= last)) kept.put({ ...target.result, [registerId]: last }, NUMBERS);
    };
  });
}

export function saveMany(store, rows, isWhole) {
  return transact(store, "readwrite", (tx) => {
    if (isWhole) tx.objectStore(store).clear();
    for (const row of rows) tx.objectStore(store).put(row);
  });
}

// What belongs to a token that ended goes; the sale on the screen and what is to be sent stay.
export function forgetToken() {
  return transact(["kept", "articles"], "readwrite", (tx) => {
    for (const name of ["token", "catalogue-cursor", "catalogue-at", "terminal"]) tx.objectStore("kept").delete(name);
    tx.objectStore("articles").clear();
  });
}
