// Orders that customers fetch here: fetch them from the shelf, hand them over against their code, take the money of those that pay in the store.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { day } from "./dates.js";
import { h } from "./dom.js";
import { goOnWith, takenNotice } from "./go_on.js";
import { button, card, field, form, notice, page, rows, status, stepper } from "./parts.js";
import { isTraining } from "./place.js";
import * as screens from "./screens.js";
import { t } from "./words.js";

const LOOK_MS = 30000;
let ready = 0;

async function open(part, { close, refreshBadges }) {
  await page(part, async (body, again) => {
    if (isTraining()) return body.append(notice("warn", t("collect_in_training")));
    const [toFetch, waiting] = await Promise.all([api.get("pickups/?status=waiting"), api.get("pickups/?status=ready")]);
    note(waiting.results.length, refreshBadges);
    const redraw = again;
    const list = (title, none, found, draw) => card(title, found.length ? rows(found.map((row) => draw(row, close, redraw))) : h("p", { class: "muted" }, none));
    return body.append(
      list(t("collect_ready"), t("collect_ready_none"), waiting.results, drawReady),
      list(t("collect_to_fetch"), t("collect_to_fetch_none"), toFetch.results, drawToFetch),
    );
  });
}

const head = (row) => [
  h("span", { class: "strong grow" }, t("order_number", { number: row.number })),
  status(row.is_paid ? "good" : "warn", t(row.is_paid ? "collect_paid" : "collect_unpaid")),
];

const goods = (row) => h("ul", { class: "whole counter-goods" }, row.lines.filter((line) => line.quantity).map((line) => h("li", {}, `${line.quantity}× ${line.name}`, h("span", { class: "hint" }, ` ${line.sku}`))));

function drawReady(row, close, redraw) {
  const until = row.collect_until ? h("span", { class: "hint whole" }, t("collect_until", { day: day(row.collect_until) })) : null;
  return h("li", { "data-order": row.number }, head(row), goods(row), until, row.is_paid ? drawHandOver(row, redraw) : drawPay(row, close));
}

function drawHandOver(row, redraw) {
  const drawnAt = Date.now();
  const code = field({ name: `code-${row.id}`, label: t("collect_code"), autocapitalize: "characters", maxlength: 20, isNeeded: true });
  const act = async () => {
    const body = { code: code.value() };
    await actOnce({ name: `collect:${row.id}`, path: `pickups/${row.id}/collections/`, body, drawnAt, label: t("collect_press") });
    await redraw();
  };
  const press = button({ label: t("collect_press"), kind: "primary", icon: "package-check", submits: true });
  return h("div", { class: "whole" }, form({ nodes: [code.node], press, act, checked: [code] }));
}

function drawPay(row, close) {
  const drawnAt = Date.now();
  const pay = async () => {
    if (takenNotice()) return;
    await actOnce({ name: `take:${row.order_id}`, path: "hand-offs/", body: { number: row.number }, drawnAt, label: t("collect_pay") });
    await goOnWith(row.order_id, close);
  };
  return h("div", { class: "whole stack" }, h("p", { class: "hint" }, t("collect_pay_hint")), takenNotice() ?? button({ label: t("collect_pay"), kind: "primary", icon: "banknote", press: pay }));
}

function drawToFetch(row, close, redraw) {
  const drawnAt = Date.now();
  const left = row.lines.map((line) => ({ line, max: line.quantity - line.picked })).filter((one) => one.max > 0);
  const fields = left.map(({ line, max }) => ({ line, pieces: stepper({ label: line.name, max, value: max, changed: () => {} }) }));
  const fetched = async () => {
    const lines = fields.filter((one) => one.pieces.number()).map((one) => ({ line_id: one.line.line_id, quantity: one.pieces.number() }));
    if (!lines.length) return;
    await actOnce({ name: `picked:${row.id}`, path: `pickups/${row.id}/picked/`, body: { lines }, drawnAt, label: t("collect_fetched") });
    await redraw();
  };
  return h(
    "li",
    { "data-order": row.number },
    head(row),
    fields.map(({ line, pieces }) => h("div", { class: "row whole" }, h("span", { class: "grow" }, line.name, h("span", { class: "hint" }, ` ${line.sku}`)), pieces.node)),
    h("div", { class: "whole" }, button({ label: t("collect_fetched"), kind: "primary", icon: "check", press: fetched })),
  );
}

function note(number, refreshBadges) {
  if (number === ready) return;
  ready = number;
  refreshBadges();
}

// Keeps the number on the button true.
export function watchPickups() {
  const look = async () => {
    if (!api.isOnline() || isTraining()) return;
    try {
      note((await api.get("pickups/?status=ready")).results.length, screens.refreshBadges);
    } catch (problem) {
      if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
    }
  };
  look();
  setInterval(look, LOOK_MS);
}

screens.register("collect", { title: () => t("collect_title"), icon: "shopping-bag", place: "tab", open, badge: () => ready });
