// One socket a page. Fragments replace the element with their id; new rows wait; the page says how old it is.
//
// Out:  {"subscribe": [topic, …], "last_seq": n, "language": "de"}      at every connect
// In:   {"seq": n, "topic": "…", "html": "<li id=…>"}  one or more elements with ids
//       They come in the page's language, and show no more than its person may see.
//       {"seq": n, "topic": "…", "event": {"kind": "beat" | "new_row" | "reload" | …}}
// The bell is on every page and different for everybody: a word on its topic makes the page ask for its own.
// A message whose seq is not higher than the last one seen was already drawn and is dropped.
(() => {
  const body = document.body;
  const topics = (body.dataset.liveTopics || "").split(" ").filter(Boolean);
  const bellTopic = body.dataset.liveBell || "";
  const followed = [...new Set([...topics, bellTopic])].filter(Boolean);
  const indicator = document.getElementById("live");
  const word = indicator?.querySelector("[data-live-word]");
  const said = document.getElementById("live-said");

  // The server beats every 5 s; two missed beats mean that the picture may be old.
  const staleAfterMs = 11000;
  const retryFirstMs = 500;
  const retryMaxMs = 20000;
  const drawnEveryMs = 1000;
  // Fifty screens hear the same word; they ask one after the other within this time, and each once for all that is said meanwhile.
  const bellWithinMs = 2000;

  let socket = null;
  let lastSeq = Number(body.dataset.liveSeq || 0);
  let heardAt = Date.now();
  let attempts = 0;
  let wasLost = false;
  let wasOpen = false;
  let heardBefore = heardAt;
  const closedUnknown = 4401;
  const signedOut = document.getElementById("signed-out");
  const waiting = new Map();

  const ages = () => {
    const now = Date.now();
    const unit = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "narrow" });
    for (const time of document.querySelectorAll("time[data-age]")) {
      const seconds = Math.round((now - Date.parse(time.dateTime)) / 1000);
      if (time.dataset.age === "lasting") {
        time.textContent = span(now - Date.parse(time.dateTime));
        continue;
      }
      if (seconds < 0 || seconds >= 3600) continue;
      time.textContent = seconds < 60 ? unit.format(-seconds, "second") : unit.format(-Math.floor(seconds / 60), "minute");
    }
  };

  const span = (ms) => {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 120) return `${seconds} s`;
    if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h`;
  };

  const showAge = () => {
    ages();
    if (!topics.length || !indicator) return;
    const age = Date.now() - heardAt;
    const live = socket?.readyState === WebSocket.OPEN && age < staleAfterMs;
    // Before the first answer the page keeps saying of which moment it is.
    if (!live && !wasOpen && age < staleAfterMs) return;
    indicator.dataset.state = live ? "live" : "stale";
    const text = live
      ? `${word.dataset.textLive}, ${word.dataset.textAge.replace("%s", span(age))}`
      : word.dataset.textStale.replace("%s", span(age));
    for (const echo of document.querySelectorAll("[data-live-echo]")) echo.hidden = !live;
    if (word.textContent !== text) word.textContent = text;
    if (!live && !wasLost && age >= staleAfterMs) {
      wasLost = true;
      said.textContent = said.dataset.textLost;
    } else if (live && wasLost) {
      wasLost = false;
      said.textContent = said.dataset.textBack;
    }
  };

  const swap = (incoming) => {
    const present = document.getElementById(incoming.id);
    if (!present) return false;
    // What was drawn a moment ago in the same words is left alone; what somebody unfolded stays unfolded.
    if (present.outerHTML === incoming.outerHTML) return true;
    const folds = [...present.querySelectorAll("details")];
    [...incoming.querySelectorAll("details")].forEach((fold, place) => { fold.open = Boolean(folds[place]?.open); });
    if (present.hasAttribute("aria-selected")) incoming.setAttribute("aria-selected", "true");
    for (const tick of present.querySelectorAll("input[type='checkbox']:checked")) {
      const twin = incoming.querySelector(`input[name="${CSS.escape(tick.name)}"][value="${CSS.escape(tick.value)}"]`);
      if (twin) twin.checked = true;
    }
    const focusBack = window.holdFocus();
    present.replaceWith(incoming);
    incoming.classList.add("is-changed");
    setTimeout(() => incoming.classList.remove("is-changed"), 2000);
    if (window.htmx) htmx.process(incoming);
    focusBack();
    return true;
  };

  const announceRow = (topic, id) => {
    const bar = document.querySelector(`[data-live-new="${CSS.escape(topic)}"]`);
    if (!bar) return;
    const ids = waiting.get(topic) || new Set();
    ids.add(id);
    waiting.set(topic, ids);
    bar.hidden = false;
    const text = ids.size === 1 ? bar.dataset.one : bar.dataset.many.replace("%s", ids.size);
    bar.querySelector("[data-live-count]").textContent = text;
  };

  const draw = (message) => {
    const holder = document.createElement("template");
    holder.innerHTML = message.html;
    for (const element of [...holder.content.children]) {
      if (element.dataset.livePrepend) prepend(element);
      else if (!swap(element)) announceRow(message.topic, element.id);
    }
    tellDrawn();
  };

  // Figures that depend on several fragments (the wall's counts) are asked for again: at most once a second, and always after the last change.
  let toldAt = 0;
  let telling = null;
  const tellDrawn = () => {
    telling ??= setTimeout(() => {
      telling = null;
      toldAt = Date.now();
      body.dispatchEvent(new CustomEvent("live-drawn"));
    }, Math.max(0, toldAt + drawnEveryMs - Date.now()));
  };

  // A short log (the wall's "Just now") takes new entries at its top and forgets the oldest.
  const prepend = (element) => {
    const list = document.getElementById(element.dataset.livePrepend);
    if (!list || document.getElementById(element.id)) return;
    list.prepend(element);
    while (list.childElementCount > Number(list.dataset.keep || 20)) list.lastElementChild.remove();
  };

  let ringing = null;
  const ring = () => {
    ringing ??= setTimeout(async () => {
      ringing = null;
      const bell = document.getElementById("bell");
      if (!bell) return;
      const answer = await fetch("/inbox/bell/", { headers: { Accept: "text/html", "HX-Request": "true" } }).catch(() => null);
      // Signed out meanwhile: the answer is another page, and the bell stays as it is.
      if (!answer?.ok || answer.redirected) return;
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const drawn = holder.content.getElementById("bell");
      if (drawn) swap(drawn);
    }, Math.random() * bellWithinMs);
  };

  const receive = (message) => {
    heardAt = Date.now();
    if (typeof message.seq === "number") {
      if (message.event?.kind !== "beat" && message.seq <= lastSeq) return;
      lastSeq = Math.max(lastSeq, message.seq);
    }
    if (message.topic === bellTopic) {
      ring();
      if (!topics.includes(bellTopic)) return;
    }
    if (message.html) draw(message);
    if (message.event?.kind === "new_row") announceRow(message.topic, message.event.id);
    if (message.event?.kind === "reload") reload();
    if (message.event) document.dispatchEvent(new CustomEvent("live", { detail: message }));
    // Parts that only the server can draw for this person (forms, actions) are asked for again.
    if (message.event && !["beat", "new_row", "reload"].includes(message.event.kind)) body.dispatchEvent(new CustomEvent("live-changed"));
  };

  // Too much was missed to send it again. Reload, but never under the hands of someone who is typing.
  const reload = () => {
    if (!topics.length) {
      ring();
      return;
    }
    const typing = document.activeElement?.matches("input, textarea, select") || document.querySelector("dialog[open]");
    if (!typing) location.reload();
  };

  // A page that is only looked at (the wall) ends with its person's session like any other, and says so with a way back to where it was.
  const showSignedOut = (isOut) => {
    if (!signedOut || signedOut.hidden !== isOut) return;
    signedOut.hidden = !isOut;
    if (isOut) said.textContent = signedOut.innerText;
  };

  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/staff/`);
    socket.addEventListener("open", () => {
      wasOpen = true;
      heardBefore = heardAt;
      heardAt = Date.now();
      socket.send(JSON.stringify({ subscribe: followed, last_seq: lastSeq, language: document.documentElement.lang }));
    });
    socket.addEventListener("message", (event) => {
      attempts = 0;
      showSignedOut(false);
      receive(JSON.parse(event.data));
      showAge();
    });
    socket.addEventListener("close", ({ code }) => {
      attempts += 1;
      if (code === closedUnknown) {
        // Opened only to say that nobody is signed in: nothing was heard. Who signs in in another tab is signed in here, too.
        heardAt = heardBefore;
        showSignedOut(true);
      }
      const ceiling = Math.min(retryMaxMs, retryFirstMs * 2 ** attempts);
      setTimeout(connect, Math.random() * ceiling);
      showAge();
    });
  };

  if (followed.length) connect();
  setInterval(showAge, 1000);
})();
