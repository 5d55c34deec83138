// The public REST API, as any tablet uses it: a token, a key per act, problem documents.
import { language, t } from "./words.js";

const BASE = "/api/v1/";
// Longer than the server ever takes; a line that is silent for that long is no line.
const PATIENCE_MS = 15000;
const AGAIN_MS = 1000;
const AGAIN_MAX = 8;
// Guesses are counted by the minute, and asking again is one more: a person reads how long to wait.
const TOO_MANY_TRIES = "too_many_tries";

let token = "";
let isReachable = navigator.onLine;
const watchers = new Set();
const revoked = new Set();
const known = new Set();

// The request did not come through, or nobody knows whether it did.
export class Unreachable extends Error {}

// The server answered no. `document` is its problem document.
export class Refused extends Error {
  constructor(status, document) {
    super(document.detail || t("refused"));
    this.status = status;
    this.code = document.code || "";
    this.document = document;
    this.data = document.data || {};
  }

  // What happened, what it means for money, what to do: in the server's own words.
  get lines() {
    const fields = Object.entries(this.document.errors || {}).map(([name, said]) => `${name}: ${[said].flat().join(" ")}`);
    return [this.message, ...fields, this.document.money, this.document.next_step].filter(Boolean);
  }
}

export function useToken(value) {
  token = value;
}

// Hears that this tablet's token is none any more, whichever request finds out.
export function watchRevoked(watcher) {
  revoked.add(watcher);
}

// Hears who this tablet is whenever the server says so.
export function watchMe(watcher) {
  known.add(watcher);
}

export const isOnline = () => isReachable;

export function watchLine(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function note(reachable) {
  if (reachable === isReachable) return;
  isReachable = reachable;
  for (const watcher of watchers) watcher(reachable);
}

addEventListener("offline", () => note(false));
addEventListener("online", () => ping());

// Asks whether the server is there; says so to whoever watches.
export async function ping() {
  try {
    await me();
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error;
  }
  return isReachable;
}

async function send(method, path, { body, key, accept = "application/json" } = {}) {
  // Refusals are shown as they come: in the language of the page, not of the browser.
  const headers = { Accept: accept, "Accept-Language": language };
  if (token) headers.Authorization = `Device ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    note(false);
    throw new Unreachable(t("offline_now"));
  }
  note(true);
  if (answer.ok) return answer;
  let document = {};
  try {
    document = await answer.json();
  } catch { /* a proxy's own page */ }
  if (document.code === "token_refused" && token) for (const watcher of revoked) watcher();
  throw new Refused(answer.status, document);
}

export async function get(path) {
  return (await send("GET", path)).json();
}

// Who this tablet is, and where.
export async function me() {
  const answer = await get("me/");
  await Promise.all([...known].map((watcher) => watcher(answer)));
  return answer;
}

export async function getText(path, accept = "*/*") {
  return (await send("GET", path, { accept })).text();
}

export async function getBytes(path) {
  return (await send("GET", path, { accept: "*/*" })).blob();
}

// Sends an act under its key. The same key may be sent as often as one likes: it is done once, and answered the same.
export async function post(path, body = {}, key = newKey()) {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await send("POST", path, { body, key });
      return { status: answer.status, ...(await answer.json()) };
    } catch (error) {
      const isPassing = error instanceof Refused && (error.code === "request_in_flight" || (error.status === 429 && error.code !== TOO_MANY_TRIES) || error.status === 503 || error.status === 502);
      if (!isPassing) throw error.status >= 500 ? new Unreachable(error.message) : error;
      if (tries >= AGAIN_MAX) throw new Unreachable(error.message);
      await pause(AGAIN_MS);
    }
  }
}

export const newKey = () => crypto.randomUUID();
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
