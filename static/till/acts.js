// What moves goods, money or a shift, once. The key of each press is on the tablet before it is sent, so that a second press, a reload or another tab asks for the
// same thing again instead of doing it anew.
import * as api from "./api.js";

const STORE = "acts";
// As long as the server replays a key.
const KEPT_MS = 30 * 24 * 3600 * 1000;
// A line that comes back within seconds is waited for; after that a person reads how it stands.
const TRIES_MAX = 3;
const WAIT_MS = 700;

let opened = null;
// What a form is waiting for right now is not asked for a second time.
const underWay = new Set();

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("tillsyn-till-acts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "name" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function change(work) {
  const base = await database();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(STORE, "readwrite", { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(STORE), (value) => { result = value; });
  });
}

// The act that stands under this name, or a new one with a key of its own. The same words from a form that was drawn before the last answer are the same press.
function begin(act) {
  const words = JSON.stringify([act.path, act.body]);
  return change((store, give) => {
    const asked = store.get(act.name);
    asked.onsuccess = () => {
      const last = asked.result;
      const isSame = last && last.words === words && (!last.answeredAt || last.answeredAt > act.drawnAt);
      const made = isSame ? last : { ...act, words, key: api.newKey(), answeredAt: 0, begunAt: Date.now() };
      store.put(made);
      give(made);
    };
  });
}

const note = (act) => change((store) => store.put({ ...act, answeredAt: Date.now() }));

// What was refused was not done: the next press is a new one.
const forget = (act) => change((store) => store.delete(act.name));

async function send(act) {
  underWay.add(act.name);
  try {
    return await sendUntilAnswered(act);
  } finally {
    underWay.delete(act.name);
  }
}

async function sendUntilAnswered(act) {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await api.post(act.path, act.body, act.key);
      await note(act);
      return answer;
    } catch (problem) {
      if (!(problem instanceof api.Unreachable)) {
        await forget(act);
        throw problem;
      }
      if (tries >= TRIES_MAX) throw problem;
    }
    await api.pause(WAIT_MS * tries);
  }
}

// Asks the server to do something, once. `name` says what it is about (`return:<order>`), `label` what a person calls it, `drawnAt` when its form was drawn.
// Throws the refusal, or Unreachable while nobody knows whether it was done: then it is asked again with the same key when the line is back.
export async function actOnce(act) {
  return send(await begin({ label: "", ...act }));
}

// What was asked and never answered, oldest first. What is older than the server remembers its key is let go.
async function listUnanswered() {
  const rows = await change((store, give) => {
    const asked = store.getAll();
    asked.onsuccess = () => {
      for (const row of asked.result) if (Date.now() - row.begunAt > KEPT_MS) store.delete(row.name);
      give(asked.result);
    };
  });
  const isLive = (row) => !row.answeredAt && Date.now() - row.begunAt <= KEPT_MS;
  return rows.filter(isLive).sort((one, other) => one.begunAt - other.begunAt);
}

// Asks again for what has no answer yet, and returns what came of each: `{label, path, answer}` or `{label, path, refused}`. What is still silent stays.
export async function finishUnanswered() {
  const ended = [];
  for (const act of (await listUnanswered()).filter((row) => !underWay.has(row.name))) {
    try {
      ended.push({ label: act.label, path: act.path, answer: await send(act) });
    } catch (problem) {
      if (problem instanceof api.Refused) ended.push({ label: act.label, path: act.path, refused: problem });
      else if (!(problem instanceof api.Unreachable)) throw problem;
    }
  }
  return ended;
}
