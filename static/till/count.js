// A drawer counted note by note, and the end of a shift at that count. What was expected is shown after the count, never before.
import { actOnce } from "./acts.js";
import { withApproval } from "./approval.js";
import { drawBlockers, unsentNumber } from "./blockers.js";
import { date } from "./dates.js";
import { h } from "./dom.js";
import { showPaper } from "./papers.js";
import { button, card, facts, field, form, moneyField, select, status, swap, tick } from "./parts.js";
import { refresh } from "./place.js";
import * as screens from "./screens.js";
import { count as numbered, money, t } from "./words.js";

const PIECES_MAX = 100000;

// The counting of a shift; `work.ending` is `close` or `hand_over`.
export function drawCount(work) {
  const { current, people, redraw } = work;
  const { shift } = current;
  const drawnAt = Date.now();
  const total = h("output", { class: "counter-total num push" }, money(0, shift.currency));
  const pieces = current.denominations.map((value) => piecesField(value, shift.currency));
  const loose = moneyField({ name: "loose", label: t("count_loose"), currency: shift.currency });
  const who = select({ name: "member", label: t("shift_hand"), options: people, value: shift.member_id });
  const act = async () => {
    const denominations = Object.fromEntries(pieces.filter((one) => one.value()).map((one) => [one.worth, one.number()]));
    const body = { denominations, loose_minor: loose.value() ? loose.minor() : null, member_id: who.value() || null };
    const count = await actOnce({ name: `count:${shift.id}`, path: `shifts/${shift.id}/counts/`, body, drawnAt, label: t("count_press") });
    swap(made, drawEnding({ ...work, count, memberId: body.member_id }));
  };
  const press = button({ label: t("count_press"), kind: "primary", icon: "calculator", submits: true });
  const grid = h("div", { class: "counter-pieces" }, pieces.map((one) => one.node), loose.node);
  const nodes = [grid, h("p", { class: "row counter-sum" }, h("span", { class: "strong" }, t("count_total")), total), who.node];
  // Empty fields are no count: who sends them would only learn what is expected.
  const isWritten = () => [...pieces, loose].some((one) => one.value());
  const written = { check: () => isWritten() || loose.complain(t("count_nothing")), focus: () => loose.focus() };
  const counting = form({ nodes, press, act, checked: [...pieces, loose, written] });
  counting.addEventListener("input", () => {
    const sum = pieces.reduce((all, one) => all + one.worth * one.number(), 0) + loose.minor();
    total.textContent = money(sum, shift.currency);
  });
  const back = h("div", {}, button({ label: t("shift_back"), icon: "chevron-left", press: redraw }));
  const blind = current.is_blind ? h("p", { class: "muted" }, t("count_blind")) : null;
  const made = h("div", { class: "stack" }, back, drawBlockers(current.blockers), card(t("count_title"), blind, counting));
  return made;
}

function piecesField(worth, currency) {
  const made = field({ name: `pieces-${worth}`, label: money(worth, currency), inputmode: "numeric", maxlength: 6 });
  const number = () => (/^\d*$/.test(made.value()) ? Number(made.value() || 0) : 0);
  const isRight = () => /^\d*$/.test(made.value()) && number() <= PIECES_MAX;
  return { ...made, worth, number, check: () => made.complain(isRight() ? "" : t("field_no_number")) };
}

function drawEnding(work) {
  const { current, count, ending, redraw } = work;
  const { currency } = current.shift;
  const difference = count.difference_minor;
  const title = h("h2", { tabindex: -1 }, t("ending_counted", { amount: money(count.counted_minor, currency) }));
  const shown = facts([
    [t("ending_expected"), money(count.expected_minor, currency)],
    [t("ending_difference"), status(difference ? "warn" : "good", difference ? signed(difference, currency) : t("ending_even"))],
  ]);
  const again = button({ label: t("count_again"), icon: "repeat", press: (made) => swap(made, drawCount(work)) });
  const decide = ending === "close" ? drawClosing(work) : drawHandingOver(work);
  const back = button({ label: t("shift_back"), icon: "chevron-left", press: redraw });
  return h("div", { class: "stack" }, h("div", { class: "row" }, back, again), card(title, shown, decide));
}

const signed = (minor, currency) => `${minor > 0 ? "+" : ""}${money(minor, currency)}`;

function drawClosing({ current, count, memberId, redraw }) {
  const { shift } = current;
  const drawnAt = Date.now();
  const left = moneyField({
    name: "left", label: t("ending_left"), hint: t("ending_left_hint"), currency: shift.currency,
    value: Math.min(shift.float_minor, count.counted_minor), max: count.counted_minor, isWritten: true,
  });
  const reason = reasonField(count);
  const orders = current.blockers.filter((one) => one.kind === "open_order");
  const leave = tick({ name: "leaves_orders", label: numbered("ending_leaves_orders", orders.length) });
  const act = async () => {
    const body = {
      count_id: count.id,
      left_minor: left.minor(),
      reason: reason.value(),
      unsent: unsentNumber(),
      leaves_orders: orders.length > 0 && leave.checked(),
      member_id: memberId,
    };
    const ask = (approval_id) => actOnce({
      name: `close:${shift.id}`, path: `shifts/${shift.id}/closings/`, body: { ...body, approval_id }, drawnAt, label: t("shift_close"),
    });
    const closed = await withApproval(ask, body.reason);
    if (!closed) return;
    swap(made, drawClosed(closed, redraw));
    await refresh();
    screens.refreshBadges();
  };
  const press = button({ label: t("ending_close_press"), kind: "primary", icon: "lock", submits: true });
  const nodes = [left.node, reason.node, orders.length ? leave.node : null];
  const made = form({ nodes, press, act, checked: [left, reason], show: (problem) => [drawBlockers(problem.data?.blockers ?? [])] });
  return made;
}

// A Z that was just made.
function drawClosed(closed, redraw) {
  const { currency, content } = closed;
  const name = `Z ${content.register.name}-${closed.number}`;
  const title = h("span", { class: "row" }, h("h2", { tabindex: -1 }, name), status("good", t("closed_done")));
  return card(
    title,
    facts([
      [t("shift_day"), date(closed.business_date)],
      [t("closed_sales"), money(closed.sales_minor, currency)],
      [t("closed_returns"), money(closed.returns_minor, currency)],
      [t("closed_counted"), money(closed.counted_cash_minor, currency)],
      [t("ending_difference"), signed(closed.counted_cash_minor - closed.expected_cash_minor, currency)],
      [t("closed_stays"), money(closed.closing_cash_minor, currency)],
    ]),
    h("p", { class: "hint" }, t("closed_hint")),
    h("div", { class: "row" }, [
      button({ label: t("closed_print"), kind: "primary", icon: "receipt-text", press: () => showPaper(name, `closings/${closed.id}/z.html`) }),
      button({ label: t("closed_next"), icon: "store", press: redraw }),
    ]),
  );
}

function drawHandingOver({ current, count, people, redraw }) {
  const { shift } = current;
  const drawnAt = Date.now();
  const to = select({ name: "to", label: t("ending_to"), options: people.filter(([id]) => id !== shift.member_id), isNeeded: true });
  const reason = reasonField(count);
  const act = async () => {
    const body = { count_id: count.id, to_member_id: to.value() || null, reason: reason.value() };
    const ask = (approval_id) => actOnce({
      name: `hand-over:${shift.id}`, path: `shifts/${shift.id}/hand-overs/`, body: { ...body, approval_id }, drawnAt, label: t("shift_hand_over"),
    });
    if (await withApproval(ask, body.reason)) await redraw();
  };
  const press = button({ label: t("ending_hand_over_press"), kind: "primary", icon: "users", submits: true });
  return form({ nodes: [to.node, reason.node], press, act, checked: [to, reason] });
}

// Asked for only where the drawer does not hold what it should.
function reasonField(count) {
  const made = field({ name: "reason", label: t("ending_reason"), maxlength: 200, isNeeded: count.difference_minor !== 0 });
  made.node.hidden = count.difference_minor === 0;
  return made;
}
