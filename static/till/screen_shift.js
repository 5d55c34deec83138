// A shift at this till: open it, move cash, look at the X, count, hand over, close the day.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { withApproval } from "./approval.js";
import { drawBlockers } from "./blockers.js";
import { drawCount } from "./count.js";
import { date, hour } from "./dates.js";
import { ask, h } from "./dom.js";
import { showPaper } from "./papers.js";
import { button, card, facts, field, form, moneyField, notice, page, rows, select, swap } from "./parts.js";
import { currency, place, refresh } from "./place.js";
import * as screens from "./screens.js";
import { money, t } from "./words.js";

const MOVEMENTS = [
  { kind: "paid_in", icon: "plus", title: "move_paid_in", hint: "move_paid_in_hint", press: "move_paid_in_press" },
  { kind: "paid_out", icon: "upload", title: "move_paid_out", hint: "move_paid_out_hint", press: "move_paid_out_press" },
  { kind: "safe_drop", icon: "landmark", title: "move_safe_drop", hint: "move_safe_drop_hint", press: "move_safe_drop_press" },
  { kind: "no_sale", icon: "hand-coins", title: "move_no_sale", hint: "move_no_sale_hint", press: "move_no_sale_press" },
];
const MOVED = {
  float: "moved_float", paid_in: "move_paid_in", paid_out: "move_paid_out", safe_drop: "move_safe_drop", no_sale: "move_no_sale", over_short: "moved_over_short",
};

async function open(part, { close }) {
  await page(part, async (body, again) => {
    const [current, cashiers] = await Promise.all([api.get("till/shift/"), api.get("till/cashiers/")]);
    place.shift = current;
    const people = cashiers.results.map((one) => [one.member_id, one.name]);
    const redraw = async () => {
      await refresh();
      screens.refreshBadges();
      await again();
    };
    if (current.is_training) body.append(notice("warn", t("shift_in_training"), t("training_switch_hint")));
    else if (current.shift) body.append(...drawRunning(current, people, redraw));
    else body.append(drawOpening(people, redraw));
  }, [t("shift_needs_line"), t("shift_needs_line_next")]);
}

function drawOpening(people, redraw) {
  const drawnAt = Date.now();
  const who = select({ name: "member", label: t("shift_who"), options: people, isNeeded: true });
  const float = moneyField({ name: "float", label: t("shift_float"), hint: t("shift_float_hint"), currency: currency(), isWritten: true });
  const act = async () => {
    const body = { float_minor: float.minor(), member_id: who.value() || null };
    await actOnce({ name: "shift:open", path: "shifts/", body, drawnAt, label: t("shift_open") });
    await redraw();
  };
  const press = button({ label: t("shift_open"), kind: "primary", icon: "store", submits: true });
  return card(t("shift_none"), h("p", { class: "muted" }, t("shift_none_hint")), form({ nodes: [who.node, float.node], press, act, checked: [who, float] }));
}

function drawRunning(current, people, redraw) {
  const { shift } = current;
  const shown = facts([
    [t("shift_person"), shift.person],
    [t("shift_since"), hour(shift.opened_at)],
    [t("shift_day"), date(shift.business_date)],
    [t("shift_float_short"), money(shift.float_minor, shift.currency)],
  ]);
  // What holds the closing up is asked anew: somebody may have sold since this was drawn.
  const end = (ending) => async (made) => swap(made, drawCount({ current: await api.get("till/shift/"), people, ending, redraw }));
  const acts = h("div", { class: "counter-acts" }, [
    MOVEMENTS.map((move) => button({ label: t(move.title), icon: move.icon, press: () => askMovement(move, shift, people, redraw) })),
    button({ label: t("shift_x"), icon: "file-text", press: () => showX(shift) }),
    button({ label: t("shift_hand_over"), icon: "users", press: end("hand_over") }),
    button({ label: t("shift_close"), kind: "primary", icon: "lock", press: end("close") }),
  ]);
  const warned = current.is_over_limit ? notice("warn", t("shift_over_limit")) : null;
  return [card(t("shift_running"), shown, warned, acts), drawBlockers(current.blockers), drawMovements(shift)].filter(Boolean);
}

// What should be in a drawer that is counted blind is shown when somebody who accepts differences allows this look.
function showX(shift) {
  return withApproval((approvalId) => showPaper(t("shift_x"), `shifts/${shift.id}/x.html${approvalId ? `?approval_id=${approvalId}` : ""}`), t("shift_x"));
}

function askMovement(move, shift, people, redraw) {
  const drawnAt = Date.now();
  const isCash = move.kind !== "no_sale";
  return ask(t(move.title), (close) => {
    const who = select({ name: "member", label: t("shift_hand"), options: people, value: shift.member_id });
    const amount = moneyField({ name: "amount", label: t("amount"), currency: shift.currency, isNeeded: true });
    const reason = field({ name: "reason", label: t("reason"), maxlength: 200, isNeeded: true });
    const act = async () => {
      const body = { kind: move.kind, amount_minor: isCash ? amount.minor() : 0, reason: reason.value(), member_id: who.value() || null };
      await actOnce({ name: `move:${move.kind}:${shift.id}`, path: `shifts/${shift.id}/movements/`, body, drawnAt, label: t(move.title) });
      close(true);
      await redraw();
    };
    const press = button({ label: t(move.press), kind: "primary", icon: "check", submits: true });
    const nodes = [isCash ? amount.node : null, reason.node, who.node];
    const checked = isCash ? [amount, reason] : [reason];
    return {
      body: h("div", { class: "stack" }, h("p", { class: "muted" }, t(move.hint)), form({ nodes, press, act, checked })),
      foot: [button({ label: t("cancel"), press: () => close(null) })],
    };
  });
}

function drawMovements(shift) {
  const list = rows([]);
  const fill = async () => {
    const { results } = await api.get(`shifts/${shift.id}/movements/`);
    list.replaceChildren(...results.map(drawMovement));
    if (!results.length) list.append(h("li", { class: "muted" }, t("moved_nothing")));
  };
  fill().catch(() => list.replaceChildren(h("li", { class: "muted" }, t("needs_line"))));
  return card(t("moved_title"), list);
}

function drawMovement(row) {
  return h(
    "li",
    {},
    h("span", { class: "strong grow" }, t(MOVED[row.kind])),
    h("span", { class: "num" }, row.kind === "no_sale" ? "—" : money(row.amount_minor, row.currency)),
    h("span", { class: "hint whole" }, [hour(row.at), row.person, row.reason].filter(Boolean).join(" · ")),
  );
}

screens.register("shift", { title: () => t("shift_title"), icon: "store", place: "menu", open });
