// The end of a sale: change in large figures, the receipt as a code to scan, on paper or again, and the next customer.
import * as api from "./api.js";
import { ask, draw, h, icon, notice, say, status } from "./dom.js";
import * as offline from "./offline_paper.js";
import { showPaper } from "./papers.js";
import { facts } from "./parts.js";
import { drawSoldCards } from "./screen_cards.js";
import { currency } from "./place.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";
import { leftOn } from "./tender.js";
import { askAddress, mailLine } from "./receipt_mail.js";
import { money, moneyParts, t } from "./words.js";

let shownFor = "";
let problem = null;

export function drawDone(part, { next }) {
  const { finished, tenders } = sales.sale;
  const isNew = shownFor !== sales.sale.key;
  if (isNew) {
    problem = null;
    sayPaid(finished);
  }
  shownFor = sales.sale.key;
  const warnings = tenders.map((row) => row.warning).filter(Boolean);
  draw(
    part,
    h(
      "div",
      { class: "till-done" },
      h("p", { class: "till-centre" }, finished.isOffline ? status("warn", "clock-fading", t("kept_here")) : status("good", "circle-check", t("paid_done"))),
      figure(finished),
      tenders.filter((row) => row.status === "paid" && row.gift_card).map((row) => h("p", { class: "till-centre", "data-left": true }, icon("gift"), " ", leftOn(row.gift_card))),
      finished.isOffline ? notice("warn", "wifi-off", t(queue.find(finished.queued)?.paper?.number ? "kept_numbered" : "kept_explained")) : null,
      renumbered(finished.receipt),
      finished.refused ? notice("bad", "octagon-x", t("do_not_take_again"), ...finished.refused) : null,
      warnings.map((text) => notice("warn", "triangle-alert", text)),
      drawSoldCards(sales.sale),
      finished.isOffline ? ownPaper(queue.find(finished.queued)) : paper(finished.receipt, part, next),
      problem ? notice("bad", "octagon-x", ...problem) : null,
    ),
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn primary", id: "till-next", "data-focus": "next", onclick: next }, icon("plus"), t("next_sale"))),
  );
  if (isNew) part.querySelector("#till-next")?.focus();
}

// What the cashier does now in large figures; below it how that comes from the total, so that it can be added up.
function figure({ total_minor, change_minor, cash }) {
  const rounding = cash?.rounding_minor || 0;
  const [words, minor] = change_minor ? ["change_to_give", change_minor] : rounding ? ["cash_taken", cash.minor + rounding] : ["total", total_minor];
  return [h("p", { class: "hint till-centre" }, t(words)), h("p", { class: "till-amount", id: "till-change" }, moneyParts(minor, currency())), change_minor || rounding ? sum(total_minor, cash) : null];
}

function sum(total_minor, cash) {
  const shown = (minor) => money(minor, currency());
  if (!cash) return h("p", { class: "hint till-centre" }, t("of_total", { amount: shown(total_minor) }));
  const before = total_minor - cash.minor;
  return h(
    "div",
    { id: "till-sum" },
    facts([
      [t("total"), shown(total_minor)],
      before ? [t("paid_before"), shown(-before)] : null,
      cash.rounding_minor ? [t("cash_rounding"), shown(cash.rounding_minor)] : null,
      before || cash.rounding_minor ? [t("cash_to_pay"), shown(cash.minor + cash.rounding_minor)] : null,
      [t("given"), shown(cash.given_minor)],
    ]),
  );
}

// The customer's paper has another number than the books: said to whoever may still have the customer before them.
function renumbered(receipt) {
  if (!receipt?.printed_number || receipt.printed_number === receipt.number) return null;
  return notice("warn", "triangle-alert", t("renumbered", { printed: receipt.printed_number, number: receipt.number }), t("renumbered_both"));
}

// The paper of a sale that was made without a line, which this till numbers and draws itself.
function ownPaper(row) {
  if (!row?.paper) return null;
  const { number } = row.paper;
  return h(
    "div",
    { class: "till-paper" },
    number === null ? null : h("p", { class: "till-centre", id: "till-receipt" }, icon("receipt-text"), " ", t("receipt_number", { number })),
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn", "data-focus": "print", onclick: () => showOwn(row) }, icon("receipt-text"), t("print"))),
  );
}

// Printed a second time it is a copy, and says so.
export const showOwn = (row) =>
  offline.show(row.paper.number === null ? t("paper_unnumbered") : t("receipt_number", { number: row.paper.number }), row.paper, { copy: row.printed || 0, printed: () => queue.notePrint(row) });

// Takes the place of the last step of the payment.
function sayPaid({ isOffline, change_minor }) {
  say([t(isOffline ? "kept_here" : "paid_done"), change_minor ? t("change", { amount: money(change_minor, currency()) }) : ""].filter(Boolean).join(". "));
}

function paper(receipt, part, next) {
  if (!receipt) return h("p", { class: "hint till-centre", role: "status" }, t("receipt_coming"));
  const redo = async (work) => {
    problem = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
      problem = error.lines || [error.message];
    }
    drawDone(part, { next });
  };
  return h(
    "div",
    { class: "till-paper" },
    h("p", { class: "till-centre", id: "till-receipt" }, icon("receipt-text"), " ", t("receipt_number", { number: receipt.number })),
    h(
      "div",
      { class: "till-actions" },
      isPractised(receipt) ? h("button", { type: "button", class: "btn", onclick: () => redo(() => showPractised(receipt)) }, icon("receipt-text"), t("print")) : handOuts(receipt, redo),
    ),
    sales.sale.finished.mails?.length ? h("div", { class: "stack", id: "till-mails", role: "status" }, sales.sale.finished.mails.map(mailLine)) : null,
  );
}

function handOuts(receipt, redo) {
  return [
    h("button", { type: "button", class: "btn", onclick: () => redo(() => showCode(receipt)) }, icon("smartphone"), t("receipt_on_phone")),
    h("button", { type: "button", class: "btn", "data-focus": "mail", onclick: () => redo(() => askAddress(receipt)) }, icon("send"), t("receipt_by_mail")),
    h("button", { type: "button", class: "btn", onclick: () => redo(() => print(receipt, false)) }, icon("receipt-text"), t("print")),
    h("button", { type: "button", class: "btn", onclick: () => redo(() => print(receipt, true)) }, icon("gift"), t("gift_receipt")),
  ];
}

// A paper of the training is counted nowhere: it has no prints, no link and no copies.
const isPractised = (receipt) => Boolean(receipt.html_url?.startsWith("/api/v1/"));
const showPractised = (receipt) => showPaper(t("receipt_number", { number: receipt.number }), receipt.html_url.replace("/api/v1/", ""));

// The server counts prints: the first is the original, later ones say COPY. The paper opens as a PDF for this tablet's own printer.
async function print(receipt, gift) {
  const made = await api.post(`receipts/${receipt.id}/prints/`, { gift });
  const address = URL.createObjectURL(await api.getBytes(made.files.pdf.replace("/api/v1/", "")));
  window.open(address, "_blank", "noopener");
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// The customer scans the code off this screen and has the paper on the phone.
async function showCode(receipt) {
  const picture = await api.getText(`receipts/${receipt.id}/qr.svg`);
  await ask(t("receipt_on_phone"), (close) => ({
    body: [h("p", {}, t("scan_receipt")), h("img", { class: "till-qr", src: `data:image/svg+xml;base64,${btoa(picture)}`, alt: t("qr_of_receipt") })],
    foot: h("button", { type: "button", class: "btn primary", onclick: () => close(true) }, t("done")),
  }));
}
