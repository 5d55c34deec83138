// Orders that wait at the counters of this store: put the one on screen aside under a name, go on with one at this till.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { h } from "./dom.js";
import { goOnWith, takenNotice } from "./go_on.js";
import { button, card, field, form, notice, page, rows, status } from "./parts.js";
import { isTraining } from "./place.js";
import * as sales from "./sale.js";
import * as screens from "./screens.js";
import { count, money, t } from "./words.js";

// A parked order is seen at the other tills within this time.
const LOOK_MS = 20000;
let waiting = 0;

async function open(part, { close, refreshBadges }) {
  await page(part, async (body, again) => {
    if (isTraining()) return body.append(notice("warn", t("parked_in_training")));
    await sales.sync();
    const { data: results } = await api.get("till/parked/");
    note(results.length, refreshBadges);
    if (canPark()) body.append(drawPark(close, refreshBadges));
    return body.append(drawWaiting(results, close, again));
  });
}

const canPark = () => Boolean(sales.sale.order) && !sales.sale.finished && !sales.sale.pending && sales.sale.order.open?.amount_minor !== 0;

function drawPark(close, refreshBadges) {
  const { sale } = sales;
  const drawnAt = Date.now();
  const name = field({ name: "name", label: t("park_name"), hint: t("park_name_hint"), maxlength: 80 });
  const act = async () => {
    const body = { name: name.value(), version: sale.order.version };
    await actOnce({ name: `park:${sale.order.id}`, path: `orders/${sale.order.id}/parkings/`, body, drawnAt, label: t("park_press") });
    await sales.begin();
    await lookAgain(refreshBadges);
    close();
  };
  const press = button({ label: t("park_press"), kind: "primary", icon: "layers", submits: true });
  const sum = t("park_order", { number: sale.order.number, amount: money(sale.order.total.amount_minor, sale.order.total.currency) });
  return card(t("park_title"), h("p", {}, sum), form({ nodes: [name.node], press, act }));
}

function drawWaiting(results, close, redraw) {
  if (!results.length) return card(t("parked_waiting"), h("p", { class: "muted" }, t("parked_none")));
  return card(t("parked_waiting"), takenNotice(), rows(results.map((row) => drawRow(row, close, redraw))));
}

function drawRow(row, close, redraw) {
  const drawnAt = Date.now();
  const resume = async () => {
    const taken = takenNotice();
    if (taken) return redraw();
    await actOnce({ name: `resume:${row.id}`, path: `orders/${row.id}/resumptions/`, body: { }, drawnAt, label: t("parked_resume") });
    await lookAgain(screens.refreshBadges);
    return goOnWith(row.id, close);
  };
  const isHalfPaid = row.secured.amount_minor > 0;
  return h(
    "li",
    {},
    h("span", { class: "grow" }, h("span", { class: "strong" }, row.name), h("span", { class: "hint whole" }, [row.name === row.number ? "" : row.number, ageOf(row.age_seconds), row.holder].filter(Boolean).join(" · "))),
    isHalfPaid ? status("warn", t("parked_half_paid", { amount: money(row.open.amount_minor, row.open.currency) })) : null,
    h("span", { class: "num strong" }, money(row.total.amount_minor, row.total.currency)),
    button({ label: t("parked_resume"), icon: "arrow-right", kind: "primary", press: resume }),
  );
}

function ageOf(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? count("age_minutes", minutes) : count("age_hours", Math.floor(minutes / 60));
}

async function lookAgain(refreshBadges) {
  if (!api.isOnline() || isTraining()) return;
  try {
    note((await api.get("till/parked/")).data.length, refreshBadges);
  } catch (problem) {
    if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
  }
}

function note(number, refreshBadges) {
  if (number === waiting) return;
  waiting = number;
  refreshBadges();
}

// Keeps the number on the button true.
export function watchParked() {
  lookAgain(screens.refreshBadges);
  setInterval(() => lookAgain(screens.refreshBadges), LOOK_MS);
}

screens.register("parked", { title: () => t("parked_title"), icon: "layers", place: "bar", open, badge: () => waiting });
