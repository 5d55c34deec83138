// One socket to the server, opened with a ticket: a page cannot put its token into a websocket's headers. It only hastens what is asked for anyway.
import * as api from "./api.js";

const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 20000;
let socket = null;
let attempts = 0;
let lastSeq = 0;
const followers = new Set();

export const isOpen = () => socket?.readyState === WebSocket.OPEN;

// Hears `heard` for each event of `topics`, which may grow; returns what ends it.
export function follow(topics, heard) {
  const follower = { topics, heard };
  followers.add(follower);
  resubscribe();
  return () => followers.delete(follower);
}

export function resubscribe() {
  if (!isOpen()) return;
  const subscribe = [...new Set([...followers].flatMap((follower) => follower.topics))];
  socket.send(JSON.stringify({ subscribe, last_seq: lastSeq }));
}

export async function open() {
  try {
    const { ticket } = await api.post("socket-tickets/");
    const address = new URL(`/ws/v1/?ticket=${encodeURIComponent(ticket)}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
  } catch (error) {
    if (!(error instanceof api.Unreachable) && !(error instanceof api.Refused)) throw error;
    return again();
  }
  socket.addEventListener("open", () => {
    attempts = 0;
    resubscribe();
  });
  socket.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
  socket.addEventListener("close", again);
  return undefined;
}

function hear({ seq, topic, event }) {
  if (!event || event.kind === "beat") return;
  if (seq) lastSeq = Math.max(lastSeq, seq);
  for (const follower of followers) {
    if (event.kind === "reload") follower.heard({ kind: "lost" });
    else if (follower.topics.includes(topic)) follower.heard(event);
  }
}

function again() {
  socket = null;
  for (const follower of followers) follower.heard({ kind: "lost" });
  attempts += 1;
  // Tills of a whole chain do not come back in the same second.
  const most = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempts);
  setTimeout(open, most * (0.5 + Math.random() / 2));
}
