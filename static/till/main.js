// Opens the till: who we are, what was under way, then the screen. Other screens register themselves where they are imported below.
import * as api from "./api.js";
import { drawCart } from "./cart.js";
import * as catalogue from "./catalogue.js";
import { draw, h, icon, say, status } from "./dom.js";
import * as goods from "./goods.js";
import * as numbers from "./numbers.js";
import { keepEnding } from "./left_orders.js";
import { resumePhone, withdrawLeft } from "./link.js";
import { hearOfThisTill } from "./hearing.js";
import { finishWhenPossible } from "./finishing.js";
import "./outbox.js";
import { openDoor } from "./pair.js";
import { drawPay, useRedraw } from "./pay.js";
import * as places from "./place.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";
import { listenToScanner } from "./scan.js";
import "./screen_carts.js";
import "./screen_cards.js";
import "./screen_customer.js";
import { watchPickups } from "./screen_collect.js";
import "./screen_order.js";
import { watchParked } from "./screen_parked.js";
import "./screen_return.js";
import "./screen_shift.js";
import "./screen_training.js";
import * as screens from "./screens.js";
import * as socket from "./socket.js";
import * as store from "./store.js";
import * as tender from "./tender.js";
import * as terminals from "./terminals.js";
import { goOnAfterPairing, isOver, unpair } from "./unpair.js";
import { clock, count, t } from "./words.js";

const LOCK = "tillsyn-till";
// The page that is being reloaded lets go within a moment.
const LOCK_MS = 1500;
const root = document.getElementById("till");
const parts = {};
let searched = "";
let isPressed = false;
let wantsRedraw = false;

boot();

async function boot() {
  keepPage();
  if (!(await holdTill({ steal: sessionStorage.getItem("till-steal") === "1" }))) return;
  sessionStorage.removeItem("till-steal");
  navigator.storage?.persist?.();
  const token = (await store.get("token")) || (await openDoor(root));
  api.useToken(token);
  await open();
}

// One tab is the till: only it sells and sends. Another one offers to take over.
function holdTill({ steal = false } = {}) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    let isHeld = false;
    navigator.locks
      .request(LOCK, steal ? { steal } : { signal: AbortSignal.timeout(LOCK_MS) }, () => {
        isHeld = true;
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => {
        // Another tab took over: what runs here must not go on selling and sending.
        if (isHeld) location.reload();
        showElsewhere();
        resolve(false);
      });
  });
}

function showElsewhere() {
  root.replaceChildren(
    h("main", { class: "till-door", id: "content", tabindex: "-1" }, h("h1", {}, t("elsewhere_title")), h("p", {}, t("elsewhere_body")), h("button", { type: "button", class: "btn primary", onclick: takeOver }, t("use_here"))),
  );
}

function takeOver() {
  sessionStorage.setItem("till-steal", "1");
  location.reload();
}

async function open() {
  await Promise.all([places.recall(), catalogue.recall(), sales.recall(), queue.recall(), goods.recall(), terminals.recall()]);
  api.watchRevoked(() => unpair(root));
  numbers.follow();
  if (!(await introduce())) return;
  if (api.isOnline()) await goOnAfterPairing();
  frame();
  waitForPress();
  redraw();
  for (const watch of [sales.watch, queue.watch]) watch(redraw);
  queue.watch(tender.noteLanded);
  await tender.noteLanded();
  api.watchLine(lineChanged);
  useRedraw(redraw);
  queue.keepSending();
  catalogue.keepFresh(redraw);
  socket.open();
  listenToScanner(scannedAnywhere);
  watchParked();
  watchPickups();
  hearOfThisTill();
  finishWhenPossible();
  keepEnding();
  catchUp();
  resumePhone();
  await tender.resume();
}

// Where we are, from the server if it is there. A token that was revoked ends here.
async function introduce() {
  try {
    await places.refresh();
  } catch (error) {
    if (isOver()) return false;
    if (!(error instanceof api.Unreachable) && !(error instanceof api.Refused)) throw error;
  }
  if (places.place.register) return true;
  root.replaceChildren(h("main", { class: "till-door", id: "content", tabindex: "-1" }, h("h1", {}, t("no_line_yet")), h("p", {}, t("first_needs_line")), h("button", { type: "button", class: "btn primary", onclick: () => location.reload() }, t("try_again"))));
  return false;
}

async function catchUp() {
  try {
    await Promise.all([catalogue.sync(), terminals.findOwn()]);
  } catch (error) {
    if (!(error instanceof api.Unreachable) && !(error instanceof api.Refused)) throw error;
  }
  redraw();
}

function lineChanged(isReachable) {
  say(isReachable ? t("line_back") : t("line_lost"));
  redraw();
  if (!isReachable) return;
  tender.look();
  withdrawLeft();
  catchUp();
  places.refresh().then(redraw, () => {});
}

function frame() {
  parts.scan = h("input", { id: "till-scan", type: "search", placeholder: t("scan_or_search"), "aria-label": t("scan_or_search"), autocomplete: "off", enterkeyhint: "search" });
  parts.scan.addEventListener("input", () => { searched = parts.scan.value.trim(); drawLeft(); });
  parts.scan.addEventListener("keydown", enterPressed);
  parts.who = h("div", { class: "till-who" });
  parts.line = h("div", { class: "till-line", role: "status" });
  parts.buttons = h("div", { class: "till-buttons" });
  parts.training = h("p", { class: "till-training", hidden: true });
  parts.tabs = h("nav", { class: "till-tabs", "aria-label": t("categories") });
  parts.waiting = h("div", { class: "till-waiting" });
  parts.goods = h("main", { class: "till-goods", id: "content", tabindex: "0" });
  parts.cart = h("section", { class: "till-cart", tabindex: "0", "aria-label": t("cart") });
  parts.pay = h("section", { class: "till-pay", "aria-label": t("payment") });
  parts.toCart = h("button", { type: "button", class: "btn primary till-to-cart", onclick: () => parts.side.scrollIntoView() });
  parts.side = h("aside", { class: "till-side", "aria-label": t("cart_and_payment") }, parts.cart, parts.pay);
  parts.stage = h("div", { class: "till-stage" });
  parts.screenTitle = h("h1", { tabindex: "-1" });
  parts.screen = h("main", { class: "till-screen", hidden: true }, h("div", { class: "row till-screen-head" }, h("button", { type: "button", class: "btn", id: "till-back", onclick: screens.close }, icon("chevron-left"), t("to_sale")), parts.screenTitle), parts.stage);
  parts.sale = h("div", { class: "till-sale" }, h("div", { class: "till-strip" }, parts.tabs, parts.waiting), parts.goods, parts.side);
  root.replaceChildren(h("div", { class: "till" }, h("header", { class: "till-bar" }, h("span", { class: "till-mark", "aria-hidden": "true" }, mark()), parts.who, h("div", { class: "till-scan" }, icon("search"), parts.scan), parts.line, parts.buttons, parts.training), parts.sale, parts.screen, parts.toCart));
  // On a phone: the way to the cart, while it is not in sight.
  new IntersectionObserver(([side]) => parts.toCart.classList.toggle("is-there", side.isIntersecting)).observe(parts.side);
  screens.useStage(parts.stage, screenChanged);
}

const mark = () => (places.place.merchant?.name || "T").split(/[\s&]+/).slice(0, 2).map((word) => word[0]).join("").toUpperCase();

// What is being pressed is not replaced under the finger: the press would be lost.
function waitForPress() {
  addEventListener("pointerdown", () => { isPressed = true; }, true);
  for (const kind of ["pointerup", "pointercancel"]) {
    addEventListener(kind, () => {
      isPressed = false;
      if (wantsRedraw) setTimeout(redraw);
    }, true);
  }
}

function redraw() {
  wantsRedraw = isPressed;
  if (!parts.who || isPressed || isOver()) return;
  const { register, store: shop, shift } = places.place;
  draw(parts.who, h(screens.currentName() ? "p" : "h1", { class: "till-place" }, `${register.name}, ${shop.name}`), h("span", { class: "hint" }, shift?.shift ? t("open_since", { person: shift.shift.person, time: clock(shift.shift.opened_at) }) : t("no_shift")));
  draw(parts.line, h("button", { type: "button", class: "till-badge", "data-focus": "outbox", onclick: () => screens.show("outbox") }, lineStatus()));
  draw(parts.training, icon("triangle-alert"), t("training_banner"));
  parts.training.hidden = !places.isTraining();
  draw(parts.buttons, screens.list("bar").map(screenButton), menu());
  drawLeft();
  drawCart(parts.cart, redraw);
  drawPay(parts.pay);
  const pieces = sales.pieces();
  draw(parts.toCart, icon("shopping-bag"), count("pieces", pieces));
  parts.toCart.hidden = !pieces || Boolean(screens.currentName());
}

// Never "online" alone: what matters is whether everything was sent.
function lineStatus() {
  const waiting = queue.waiting().length;
  const refused = queue.refused().length;
  if (refused) return status("bad", "octagon-x", count("refused_count", refused));
  if (!api.isOnline()) return status("warn", "wifi-off", waiting ? t("offline_with", { waiting: count("to_send", waiting) }) : t("offline_all_sent"));
  if (waiting) return status("warn", "clock-fading", count("to_send", waiting));
  return status("good", "check-check", t("online_all_sent"));
}

function screenButton(screen) {
  const waits = screen.badge?.() || 0;
  return h("button", { type: "button", class: "btn", "data-focus": `screen-${screen.name}`, "data-screen": screen.name, onclick: () => screens.show(screen.name) }, icon(screen.icon), h("span", {}, screen.title()), waits ? h("b", { class: "num" }, String(waits)) : null);
}

// A screen beside the categories, in sight however many there are: what waits there is seen while selling.
function screenTab(screen) {
  const waits = screen.badge?.() || 0;
  return h("button", { type: "button", class: "till-tab", "data-focus": `screen-${screen.name}`, "data-screen": screen.name, onclick: () => screens.show(screen.name) }, screen.title(), waits ? h("b", { class: "till-tab-count num" }, String(waits)) : null);
}

function menu() {
  const wasOpen = parts.buttons.querySelector("details")?.open;
  const go = (screen) => (event) => {
    event.currentTarget.closest("details").open = false;
    screens.show(screen.name);
  };
  return h(
    "details",
    { class: "till-menu", open: wasOpen },
    h("summary", { class: "btn", "aria-label": t("more"), "data-focus": "more" }, icon("ellipsis")),
    h("div", { class: "till-menu-sheet" }, screens.list("menu").map((screen) => h("button", { type: "button", class: "btn quiet", "data-focus": `menu-${screen.name}`, "data-screen": screen.name, onclick: go(screen) }, icon(screen.icon), h("span", { class: "grow" }, screen.title()), screen.badge?.() ? h("b", { class: "num" }, String(screen.badge())) : null))),
  );
}

// Escape and a press elsewhere close it; the focus returns to what opened it.
function closeMenu(event) {
  const open = parts.buttons?.querySelector("details[open]");
  if (!open || (event.type === "keydown" ? event.key !== "Escape" : open.contains(event.target))) return;
  open.open = false;
  if (event.type === "keydown") open.querySelector("summary").focus();
}
document.addEventListener("keydown", closeMenu);
document.addEventListener("click", closeMenu);

function drawLeft() {
  goods.drawTabs(parts.tabs, () => { parts.scan.value = searched = ""; drawLeft(); });
  draw(parts.waiting, screens.list("tab").map(screenTab));
  goods.drawGoods(parts.goods, searched);
}

function screenChanged() {
  const name = screens.currentName();
  const isNew = name && parts.screen.dataset.name !== name;
  parts.screen.dataset.name = name || "";
  parts.screen.hidden = !name;
  parts.sale.hidden = Boolean(name);
  const screen = name ? [...screens.list("bar"), ...screens.list("tab"), ...screens.list("menu")].find((row) => row.name === name) : null;
  parts.screenTitle.textContent = screen ? screen.title() : "";
  if (!name) parts.stage.replaceChildren();
  redraw();
  if (isNew) parts.screenTitle.focus();
}

// A code that was scanned or typed: an article of that number, else the first that was found.
async function enterPressed(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const text = parts.scan.value.trim();
  if (text && (await scanned(text))) parts.scan.value = searched = "";
  drawLeft();
}

// A screen that waits for a code gets it; else it is an article for the sale.
function scannedAnywhere(code) {
  const field = screens.currentName() && parts.stage.querySelector("[data-scan]");
  if (!field) return scanned(code);
  field.value = code;
  return field.form.requestSubmit();
}

async function scanned(code) {
  let article = catalogue.findByCode(code);
  if (!article && api.isOnline()) article = await askFor(code);
  if (!article) {
    const found = catalogue.search(code);
    if (found.length === 1) [article] = found;
  }
  if (!article) {
    say(t("unknown_code", { code }));
    return false;
  }
  if (screens.currentName()) screens.close();
  await sales.addArticle(article.id);
  say(t("added", { name: catalogue.nameOf(article) }));
  return true;
}

async function askFor(code) {
  try {
    const article = await api.get(`catalog/barcodes/${encodeURIComponent(code)}/`);
    return catalogue.find(article.id);
  } catch (error) {
    if (error instanceof api.Refused || error instanceof api.Unreachable) return null;
    throw error;
  }
}

// The page itself is kept on the tablet, so that it opens without a line.
function keepPage() {
  if (!navigator.serviceWorker) return;
  const hadOne = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.register("/till/worker.js").catch(() => {});
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // A newer release came: between two customers is the moment to take it.
    if (hadOne && sales.isEmpty() && !screens.currentName()) location.reload();
  });
}
