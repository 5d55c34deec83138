// The till's service worker. `RELEASE` = {name, files, static} stands before this text. It keeps the page and its files, and nothing of the API.
const KEPT = `till-${RELEASE.name}`;
const PAGE = "/till/";
// A line that takes longer than that is as good as none: the page that was kept opens.
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === PAGE) event.respondWith(page(event.request));
  else if (address.pathname.startsWith(RELEASE.static)) event.respondWith(file(event.request, address.pathname));
});

async function keepAll() {
  const kept = await caches.open(KEPT);
  await kept.addAll([PAGE, ...RELEASE.files].map((address) => new Request(address, { cache: "reload" })));
}

async function dropOld() {
  for (const name of await caches.keys()) if (name.startsWith("till-") && name !== KEPT) await caches.delete(name);
}

async function page(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) {
      await kept.put(PAGE, answer.clone());
      return answer;
    }
  } catch { /* no line */ }
  return (await kept.match(PAGE, { ignoreVary: true })) || Response.error();
}

async function file(request, path) {
  const kept = await caches.open(KEPT);
  return (await kept.match(path, { ignoreVary: true })) || fetch(request);
}
