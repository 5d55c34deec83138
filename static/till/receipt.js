// The end of a sale: change in large figures, the receipt as a code to scan, on paper or again, and the next customer.
import * as api from "./api.js";
import { ask, draw, h, icon, notice, say, status } from "./dom.js";
import { showPaper } from "./papers.js";
import { drawSoldCards } from "./screen_cards.js";
import { currency } from "./place.js";
import * as sales from "./sale.js";
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
      h("p", { class: "hint till-centre" }, finished.change_minor ? t("change_to_give") : t("total")),
      h("p", { class: "till-amount", id: "till-change" }, moneyParts(finished.change_minor || finished.total_minor, currency())),
      finished.change_minor ? h("p", { class: "hint till-centre" }, t("of_total", { amount: money(finished.total_minor, currency()) })) : null,
      finished.isOffline ? notice("warn", "wifi-off", t("kept_explained")) : null,
      warnings.map((text) => notice("warn", "triangle-alert", text)),
      drawSoldCards(sales.sale),
      finished.isOffline ? null : paper(finished.receipt, part, next),
      problem ? notice("bad", "octagon-x", ...problem) : null,
    ),
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn primary", id: "till-next", "data-focus": "next", onclick: next }, icon("plus"), t("next_sale"))),
  );
  if (isNew) part.querySelector("#till-next")?.focus();
}

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
