// The right side, below: what was paid, how to pay the rest, and a card on its way.
import * as api from "./api.js";
import * as card from "./card.js";
import { endPhone, openLink, waitForPhone } from "./link.js";
import { ask, draw, h, icon, notice, say, status } from "./dom.js";
import { noteSold } from "./goods.js";
import { methodName } from "./methods.js";
import { currency, isTraining, place } from "./place.js";
import { askPortion } from "./portion.js";
import { drawDone } from "./receipt.js";
import * as sales from "./sale.js";
import * as screens from "./screens.js";
import * as tender from "./tender.js";
import { chooseTerminal, terminal } from "./terminals.js";
import { digits, minorOf, money, moneyParts, t } from "./words.js";

const WORDS = { cash: "cash", gift_card: "gift_card", card_present: "card", link: "link", free: "complete_free" };
const ICONS = { cash: "banknote", gift_card: "gift", card_present: "credit-card" };
const STATUS = {
  paid: ["good", "circle-check", "state_paid"],
  kept: ["warn", "clock-fading", "state_kept"],
  declined: ["bad", "octagon-x", "state_declined"],
  failed: ["idle", "x", "state_failed"],
  refused: ["bad", "octagon-x", "state_refused"],
};
// Which sheet is open below the buttons: "", "cash", "gift_card". Only on this screen, so not kept.
let sheet = "";
let portion = null;
let problem = null;
let said = "";
// The end of a payment on the phone is being asked for.
let isEnding = false;
let redraw = () => {};

export function useRedraw(again) {
  redraw = again;
}

export function drawPay(part) {
  const { sale } = sales;
  if (sale.finished) return drawDone(part, { next });
  if (sale.pending) return drawPending(part, sale.pending);
  if (said) sayEnd();
  const isIdle = sales.isEmpty() || (!sales.hasLines() && !sale.order);
  return draw(part, tenders(), isIdle ? null : linkOut(), problem ? h("div", { class: "notices" }, notice("bad", "octagon-x", ...problem)) : null, isIdle ? null : sale.phonePays ? choices() : sheet === "cash" ? cashSheet() : sheet === "gift_card" ? giftCardSheet() : choices());
}

// A payment ended and something is left to pay: how it ended takes the place of its last step.
function sayEnd() {
  const last = sales.sale.tenders.at(-1);
  said = "";
  say(last ? [t(STATUS[last.status][2]), last.note].filter(Boolean).join(": ") : "");
}

// Nobody could withdraw the link, and nobody can see whether it was paid: said before money is taken.
function linkOut() {
  if (api.isOnline() || !sales.sale.isLinkOut) return null;
  return h("div", { class: "notices", id: "till-link-out" }, notice("warn", "triangle-alert", h("b", {}, t("link_out")), t("link_out_ask")));
}

async function next() {
  const { lines } = sales.sale;
  sheet = "";
  portion = null;
  problem = null;
  said = "";
  say("");
  await sales.begin();
  await noteSold(lines);
}

function tenders() {
  const rows = sales.sale.tenders;
  if (!rows.length) return null;
  return h("ol", { class: "till-tenders", "aria-label": t("tenders") }, rows.map((row) => tenderRow(row.status, row)));
}

function tenderRow(state, row) {
  const [tone, shape, word] = STATUS[state] || ["info", "nfc", "state_now"];
  return h(
    "li",
    { class: state === "now" ? "is-now" : "" },
    status(tone, shape, t(word)),
    h("span", {}, icon(ICONS[row.method] || "banknote"), " ", WORDS[row.method] ? t(WORDS[row.method]) : methodName(row.method), row.note ? h("span", { class: "hint" }, ` ${row.note}`) : null, row.warning ? h("b", { class: "t-warn" }, ` ${row.warning}`) : null),
    moneyParts(row.amount_minor, currency()),
  );
}

// The part of what is open that the next tender is for; all of it unless somebody typed less.
const asked = () => Math.min(portion ?? sales.due(), sales.due());

function choices() {
  const isOnline = api.isOnline();
  const waits = Boolean(sales.sale.phonePays);
  const due = sales.due();
  const isBusy = isOnline && !sales.isSynced() && sales.hasLines();
  const noCash = tender.offlineWhyNot("cash");
  if (due === 0 && sales.isSynced()) return h("div", { class: "till-actions" }, button("circle-check", t("complete_free"), () => act(() => tender.complete()), "primary"));
  return [
    h("div", { class: "till-due" }, h("p", { class: "hint" }, sales.hasMoney() ? t("rest_to_pay") : t("to_pay")), h("p", { class: "till-amount", id: "till-due" }, moneyParts(asked(), currency())), asked() < due ? h("p", { class: "hint" }, t("of_rest", { amount: money(due, currency()) })) : null),
    waits ? phoneNotice(isOnline) : null,
    h(
      "div",
      { class: "till-actions", "aria-busy": isBusy || waits ? "true" : null },
      button("credit-card", t("card"), payByCard, "primary", !isOnline || waits),
      button("banknote", t("cash"), () => openSheet("cash"), "primary", Boolean(noCash) || waits),
      button("gift", t("gift_card"), () => openSheet("gift_card"), "", Boolean(tender.offlineWhyNot("gift_card")) || waits),
      button("smartphone", t("link"), () => act(async () => openLink()), "", !isOnline || waits),
      button("split", t("split"), openPortion, "", !isOnline || waits),
      terminalButton(!isOnline || waits),
      sales.hasMoney() ? button("undo-2", t("give_back"), giveBack, "danger", !isOnline || waits) : sales.isFixed() ? button("x", t("cancel_order"), cancelOrder, "danger", !isOnline || waits) : null,
    ),
    isOnline ? null : offlineNotice(noCash),
    noShift(),
  ];
}

// What the phone is waited for, and the way out of it.
function phoneNotice(isOnline) {
  if (sales.sale.phoneEnds) return notice("info", "hourglass", t("phone_ends"), t("phone_ends_wait"));
  const end = h("button", { type: "button", class: "btn", "data-focus": "end-phone", disabled: !isOnline || isEnding, onclick: endOnce }, icon("x"), t("phone_end"));
  return notice("info", "hourglass", t("phone_pays"), h("p", {}, t("phone_pays_wait")), h("p", {}, end));
}

async function endOnce() {
  if (isEnding) return;
  isEnding = true;
  redraw();
  problem = null;
  try {
    await endPhone();
    say(t("phone_ends"));
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    problem = error.lines || [error.message];
    say(problem.join(" "));
  } finally {
    isEnding = false;
    redraw();
  }
}

// Why nothing can be taken without a line, and who changes that; else what can.
function offlineNotice(noCash) {
  if (!noCash) return h("p", { class: "hint" }, t("offline_tenders"));
  return notice("warn", "wifi-off", noCash, place.rules?.is_allowed ? "" : t("offline_who_allows"));
}

// Cash that goes into a drawer nobody opened is missing from the count: said before it is taken, with the way to the shift.
function noShift() {
  if (isTraining() || !place.shift || place.shift.shift) return null;
  return notice("info", "info", t("shift_before_cash"), h("p", {}, h("button", { type: "button", class: "btn", "data-focus": "to-shift", onclick: () => screens.show("shift") }, icon("store"), t("shift_open"))));
}

function button(shape, label, onclick, tone = "", disabled = false) {
  return h("button", { type: "button", class: `btn ${tone}`, "data-focus": `pay-${shape}`, onclick, disabled }, icon(shape), h("span", {}, label));
}

// Which terminal the card payment goes to, by its whole name.
function terminalButton(disabled) {
  const name = terminal()?.name;
  const words = name ? h("span", { class: "till-two" }, h("span", { class: "hint" }, t("terminal")), " ", h("span", {}, name)) : h("span", {}, t("terminal"));
  return h("button", { type: "button", class: "btn", "data-focus": "pay-nfc", onclick: () => chooseTerminal(redraw), disabled }, icon("nfc"), words);
}

function openSheet(name) {
  sheet = name;
  problem = null;
  redraw();
  document.querySelector(".till-sheet input")?.focus();
}

async function act(work) {
  if (problem) say("");
  problem = null;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    problem = error.lines || [error.message];
    say(problem.join(" "));
    if (error.code === "payment_in_progress") await waitUnlessUnreachable();
  }
  redraw();
}

// Refused because the customer is paying on the phone: that is shown instead of the refusal.
async function waitUnlessUnreachable() {
  try {
    await waitForPhone();
    if (sales.sale.phonePays) problem = null;
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
  }
}

function payByCard() {
  return act(async () => {
    const chosen = terminal();
    const amount_minor = asked();
    portion = null;
    await tender.take({ method: "card_present", amount_minor, terminal_id: chosen?.id || null, terminal_name: chosen?.name || "" });
  });
}

// No note in circulation is worth more (Vietnam's largest is 500,000), so no change is either: a barcode was scanned into the field.
const CHANGE_MAX = 1_000_000;

// Notes that people pay with, above what is due: the next round sums.
function notes(due) {
  const unit = 10 ** digits(currency());
  const steps = [5, 10, 20, 50, 100, 200, 500].map((value) => unit * value).map((step) => Math.ceil(due / step) * step);
  return [...new Set([due, ...steps])].sort((one, other) => one - other).slice(0, 5);
}

function cashSheet() {
  const isAll = asked() === sales.due();
  const due = isAll ? sales.dueInCash() : asked();
  const field = h("input", { id: "cash-given", inputmode: "decimal", autocomplete: "off", "data-focus": "cash-given", "data-keep": true, "aria-describedby": "cash-change" });
  const change = h("p", { class: "till-change", id: "cash-change", role: "status" });
  const take = (given) => act(async () => {
    const amount_minor = asked();
    sheet = "";
    portion = null;
    await tender.take({ method: "cash", amount_minor, tendered_minor: given });
  });
  const given = () => {
    const minor = field.value.trim() ? minorOf(field.value, currency()) : due;
    return minor !== null && minor - due > CHANGE_MAX * 10 ** digits(currency()) ? null : minor;
  };
  const show = () => {
    const minor = given();
    change.textContent = minor === null ? t("no_amount") : minor < due ? t("cash_short", { amount: money(due - minor, currency()) }) : t("change", { amount: money(minor - due, currency()) });
  };
  field.addEventListener("input", show);
  show();
  return h(
    "form",
    { class: "till-sheet", onsubmit: (event) => { event.preventDefault(); const minor = given(); if (minor !== null && minor >= due) take(minor); else { show(); field.focus(); } } },
    h("div", { class: "till-due" }, h("p", { class: "hint" }, t("cash_to_pay")), h("p", { class: "till-amount" }, moneyParts(due, currency())), due !== asked() ? h("p", { class: "hint" }, t("rounded_from", { amount: money(asked(), currency()) })) : null),
    noShift(),
    h("div", { class: "till-notes", role: "group", "aria-label": t("quick_notes") }, notes(due).map((minor) => h("button", { type: "button", class: "btn", "data-minor": minor, onclick: () => take(minor) }, minor === due ? t("exactly", { amount: money(minor, currency()) }) : money(minor, currency())))),
    h("div", { class: "field" }, h("label", { for: "cash-given" }, t("given")), field),
    change,
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn", onclick: () => openSheet("") }, t("back")), h("button", { type: "submit", class: "btn primary" }, icon("banknote"), t("take_cash"))),
  );
}

function giftCardSheet() {
  const code = h("input", { id: "gift-code", required: true, autocomplete: "off", maxlength: 40, "data-focus": "gift-code", "data-keep": true });
  return h(
    "form",
    {
      class: "till-sheet",
      onsubmit: (event) => {
        event.preventDefault();
        act(async () => {
          const amount_minor = await onCard(code.value.trim());
          sheet = "";
          portion = null;
          await tender.take({ method: "gift_card", amount_minor, code: code.value.trim() });
        });
      },
    },
    h("div", { class: "till-due" }, h("p", { class: "hint" }, t("gift_card")), h("p", { class: "till-amount" }, moneyParts(asked(), currency()))),
    h("div", { class: "field" }, h("label", { for: "gift-code" }, t("gift_code")), code, h("p", { class: "hint" }, t("gift_hint"))),
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn", onclick: () => openSheet("") }, t("back")), h("button", { type: "submit", class: "btn primary" }, icon("gift"), t("take_gift_card"))),
  );
}

// A card with less on it pays what it has, and the rest stays open. Without a line nobody can say what is on it.
async function onCard(code) {
  if (!api.isOnline()) return asked();
  const found = await api.post("vouchers/balance-look-ups/", { code });
  return Math.min(asked(), found.balance.amount_minor) || asked();
}

async function openPortion() {
  const minor = await askPortion();
  if (minor) portion = minor;
  redraw();
}

// The order ends; what was paid goes back the way it came.
async function giveBack() {
  const paid = sales.sale.tenders.filter((row) => row.status === "paid");
  const isSure = await ask(t("give_back_title"), (close) => ({
    body: [h("p", {}, t("give_back_body")), h("ul", { class: "till-tenders" }, paid.map((row) => tenderRow("paid", row)))],
    foot: [h("button", { type: "button", class: "btn", onclick: () => close(false) }, t("cancel")), h("button", { type: "button", class: "btn danger primary", onclick: () => close(true) }, t("give_back"))],
  }));
  if (isSure) await endOrder(t("given_back"));
}

// Nothing was paid on it, but a payment was tried: its lines are fixed, its pieces are kept for it.
async function cancelOrder() {
  const isSure = await ask(t("cancel_order_title"), (close) => ({
    body: h("p", {}, t("cancel_order_body")),
    foot: [h("button", { type: "button", class: "btn", onclick: () => close(false) }, t("back")), h("button", { type: "button", class: "btn danger primary", onclick: () => close(true) }, t("cancel_order"))],
  }));
  if (isSure) await endOrder(t("order_given_up"));
}

function endOrder(told) {
  return act(async () => {
    const { sale } = sales;
    await api.post(`orders/${sale.order.id}/cancellations/`, { reason: "not paid at the till" }, `${sale.key}-cancel`);
    await sales.begin();
    say(told);
  });
}

function drawPending(part, pending) {
  const isCard = pending.method === "card_present";
  draw(
    part,
    tenders(),
    h("ol", { class: "till-tenders" }, tenderRow("now", { ...pending, note: pending.terminal_name || "" })),
    h("div", { class: "till-due" }, h("p", { class: "hint" }, isCard ? t("card_payment") : t(WORDS[pending.method])), h("p", { class: "till-amount" }, moneyParts(pending.amount_minor, currency()))),
    isCard && pending.operation ? cardFlow(pending) : notice(pending.isWaiting ? "warn" : "info", "hourglass", pending.isWaiting ? t("line_lost_paying") : t("sending"), pending.isWaiting ? t("do_not_take_again") : ""),
    problem ? h("div", { class: "notices" }, notice("bad", "octagon-x", ...problem)) : null,
  );
}

function cardFlow(pending) {
  const isUnknown = card.isUnknown(pending);
  const text = pending.words?.text || t(isUnknown ? "unknown_text" : "step_sent_text");
  if (text !== said) say(text);
  said = text;
  if (isUnknown) return unknownFlow(pending);
  const place = card.placeOf(pending);
  const isEnding = card.isCancelAsked(pending);
  return [
    h("p", { class: `till-say${isEnding ? " t-warn" : ""}` }, icon(isEnding ? "hourglass" : "nfc"), " ", text),
    h("ol", { class: "till-steps", "aria-label": t("progress") }, card.STEPS.map((step, at) => stepOf(step, at, place))),
    h("p", { class: "hint till-centre" }, t("asks_itself")),
    isEnding
      ? null
      : h(
          "div",
          { class: "till-actions" },
          button("x", t("cancel_payment"), () => act(() => tender.cancelCard()), "danger", place >= 3),
          button("nfc", t("other_terminal"), otherTerminal, "", place >= 3),
          button("banknote", t("rest_in_cash"), restInCash, "", place >= 3),
        ),
  ];
}

function stepOf(step, at, place) {
  const isDone = at < place;
  const isNow = at === place;
  return h("li", { class: isDone ? "on" : isNow ? "now" : "", "aria-current": isNow ? "step" : null, "data-step": step }, icon(isDone ? "circle-check" : isNow ? "nfc" : "circle"), t(`step_${step}`), isDone ? h("span", { class: "sr" }, ` ${t("done")}`) : null);
}

// Nobody knows whether the card was charged. There is nothing to press but asking: no button invents an outcome.
function unknownFlow(pending) {
  const words = pending.words || {};
  return [
    h("p", { class: "till-centre" }, status("warn", "circle-question-mark", t("outcome_unknown"))),
    notice("warn", "circle-question-mark", words.text || t("unknown_text"), words.next_step || t("unknown_next"), h("p", {}, h("b", {}, words.warning || t("unknown_warning")))),
    h("p", { class: "hint till-centre" }, t("resolves_itself")),
    h("div", { class: "till-actions" }, button("refresh-cw", t("ask_now"), () => act(() => card.lookUp(pending.operation.id)))),
  ];
}

const otherTerminal = () =>
  act(async () => {
    const chosen = await chooseTerminal(redraw, sales.sale.pending?.terminal_id);
    if (chosen && sales.sale.pending) await tender.cancelCard({ method: "card_present", terminal_id: chosen.id, terminal_name: chosen.name });
  });

const restInCash = () =>
  act(async () => {
    sheet = "cash";
    await tender.cancelCard();
  });
