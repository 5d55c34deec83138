// "3 to send": what waits for the server, what it refused, and what it said to the rest.
import { draw, h, icon, notice, status } from "./dom.js";
import { printReceipt } from "./papers.js";
import { button } from "./parts.js";
import * as queue from "./queue.js";
import { showOwn } from "./receipt.js";
import * as screens from "./screens.js";
import { clock, count, moneyParts, t } from "./words.js";

const SHOWN = 50;

screens.register("outbox", {
  title: () => t("outbox"),
  icon: "send",
  place: "menu",
  badge: () => queue.waiting().length + queue.refused().length,
  open(part) {
    drawOutbox(part);
    return queue.watch(() => drawOutbox(part));
  },
});

function drawOutbox(part) {
  const waiting = queue.waiting();
  const refused = queue.refused();
  const sent = queue.answered().slice(-SHOWN).reverse();
  draw(
    part,
    h("p", {}, waiting.length ? count("to_send", waiting.length) : t("nothing_waits")),
    h("div", { class: "till-actions" }, h("button", { type: "button", class: "btn", "data-focus": "send", disabled: !waiting.length, onclick: () => queue.send() }, icon("send"), t("send_now"))),
    refused.length ? h("h2", {}, t("refused_ones")) : null,
    refused.length ? h("ul", { class: "till-queue" }, refused.map((row) => item(row, "bad", "octagon-x", "state_refused"))) : null,
    waiting.length ? h("h2", {}, t("waiting_ones")) : null,
    waiting.length ? h("ul", { class: "till-queue" }, waiting.map((row) => item(row, "warn", "clock-fading", "state_waits"))) : null,
    sent.length ? h("h2", {}, t("sent_ones")) : null,
    sent.length ? h("ul", { class: "till-queue" }, sent.map((row) => item(row, "good", "check-check", "state_sent"))) : null,
  );
}

function item(row, tone, shape, word) {
  const body = row.answer?.body || {};
  const number = body.receipt?.number || row.paper?.number || body.order?.number;
  const printed = body.receipt?.printed_number;
  return h(
    "li",
    {},
    h("span", { class: "row" }, status(tone, shape, t(word)), h("time", { datetime: row.made_at }, clock(row.made_at)), h("span", {}, row.what ? count("pieces", row.what.pieces) : row.path), number ? h("span", { class: "hint" }, t("receipt_number", { number })) : null, row.what ? h("span", { class: "push" }, moneyParts(row.what.total_minor, row.what.currency)) : null),
    printed && printed !== body.receipt.number ? status("warn", "triangle-alert", t("renumbered", { printed, number: body.receipt.number })) : null,
    row.paper && row.status !== "sent" ? h("button", { type: "button", class: "btn", onclick: () => showOwn(row) }, icon("receipt-text"), t("print")) : null,
    row.status === "sent" && row.paper?.number === null && body.receipt ? button({ label: t("print_receipt"), icon: "receipt-text", press: () => printReceipt(t("receipt_number", { number }), body.receipt.id) }) : null,
    row.status === "refused" ? notice("bad", "octagon-x", body.detail, body.money, body.next_step) : null,
    row.status === "refused" ? h("button", { type: "button", class: "btn", onclick: () => queue.tryAgain(row) }, icon("repeat"), t("send_again")) : null,
  );
}
