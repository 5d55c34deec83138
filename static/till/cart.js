// The right side, above: the order's lines, what was taken off, and what it comes to.
import * as api from "./api.js";
import { catalogue } from "./catalogue.js";
import { ask, draw, h, icon, notice } from "./dom.js";
import { field } from "./parts.js";
import { currency, isTraining } from "./place.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";
import * as screens from "./screens.js";
import { clock, count, minorOf, money, moneyParts, t } from "./words.js";

export function drawCart(part, redraw) {
  const { sale } = sales;
  const isFixed = sales.isFixed();
  draw(
    part,
    h(
      "header",
      { class: "row" },
      h("h2", { id: "till-cart-title" }, sale.order?.number ? t("order_number", { number: sale.order.number }) : t("new_order")),
      sales.hasLines() ? h("span", { class: "hint" }, count("pieces", sales.pieces())) : null,
      !isFixed && !sales.isEmpty() ? h("button", { type: "button", class: "btn quiet push", "data-focus": "clear", onclick: () => confirmClear(redraw) }, icon("x"), t("clear")) : null,
    ),
    buyerOf(),
    paidTwice(),
    leftOf(),
    problemOf(),
    sales.hasLines() || sale.order?.lines?.length ? h("ul", { class: "till-lines", "aria-labelledby": "till-cart-title" }, lines(isFixed), sale.cards.map((card) => cardOf(card, isFixed)), discounts(isFixed)) : h("p", { class: "muted till-nothing" }, t("cart_empty")),
    sales.hasLines() || sale.order ? totals(isFixed) : null,
  );
}

// Whose order it is; pressed, the screen where that is looked up and changed.
function buyerOf() {
  if (isTraining()) return null;
  const buyer = sales.buyer();
  const name = buyer ? buyer.name || buyer.email || buyer.phone : t("customer_add");
  return h("button", { type: "button", class: `btn quiet till-buyer${buyer ? " is-known" : ""}`, "data-focus": "buyer", onclick: () => screens.show("customer") }, icon("user-check"), h("span", {}, name));
}

// The order before it got its money, or ended, without this tablet: what stands here is unpaid.
function leftOf() {
  const { left } = sales.sale;
  return left ? h("div", { class: "notices" }, notice("warn", "triangle-alert", t("left_title"), t("left_body", { number: left }))) : null;
}

// Goods that were sold here without a line while their order got money as well: it stands here until somebody has seen to it.
function paidTwice() {
  const rows = queue.leftOrders("paid");
  return rows.length ? h("div", { class: "notices", id: "till-paid-twice" }, rows.map(twiceOf)) : null;
}

function twiceOf(row) {
  const { number, paid_minor, link_id } = row.left;
  const values = { number, amount: money(paid_minor, row.what.currency), time: clock(row.made_at), sold: money(row.what.total_minor, row.what.currency) };
  const seen = h("button", { type: "button", class: "btn", "data-focus": `seen-${row.seq}`, onclick: () => queue.noteLeft(row, { status: "seen" }) }, icon("check"), t("paid_twice_seen"));
  return notice("bad", "copy", h("b", {}, t(link_id ? "paid_twice_link" : "paid_twice", values)), t("paid_twice_body", values), h("p", {}, seen));
}

function problemOf() {
  const problem = sales.lastProblem();
  return problem ? h("div", { class: "notices" }, notice("bad", "octagon-x", ...problem.lines)) : null;
}

function lines(isFixed) {
  const { sale } = sales;
  if (!sales.hasLines()) return sale.order.lines.map((row) => h("li", {}, h("span", { class: "q num" }, `${row.quantity}×`), h("span", {}, row.name), moneyParts(shownMinor(row), currency())));
  return sale.lines.map((line) => lineOf(line, isFixed));
}

// What people took off stands in lines of its own below, with its reason.
const shownMinor = (row) => row.total_minor + row.staff_discount_minor;

function lineOf(line, isFixed) {
  const server = sales.serverLine(line);
  const isReduced = server && server.discount_minor > server.staff_discount_minor;
  const name = h("span", { class: "till-line-name" }, line.name, isReduced ? h("span", { class: "hint" }, " ", t("instead_of", { amount: money(line.unit_minor * line.quantity, currency()) })) : null);
  const price = moneyParts(server ? shownMinor(server) : sales.lineTotal(line), currency());
  if (isFixed) return h("li", {}, h("span", { class: "q num" }, `${line.quantity}×`), name, price);
  const step = (change, sign, label) => h("button", { type: "button", class: "till-step", "data-focus": `${sign}-${line.article}`, "aria-label": label, onclick: () => sales.setQuantity(line.article, line.quantity + change) }, sign);
  return h(
    "li",
    { class: "is-open" },
    h("span", { class: "till-quantity" }, step(-1, "−", t("one_less", { name: line.name })), h("b", { class: "num" }, String(line.quantity)), step(1, "+", t("one_more", { name: line.name }))),
    name,
    h("button", { type: "button", class: "till-line-price", "data-focus": `line-${line.article}`, "aria-label": t("change_line", { name: line.name }), onclick: () => openLine(line) }, price),
  );
}

function cardOf(card, isFixed) {
  const name = h("span", { class: "till-line-name" }, card.hint ? t("card_named", { hint: card.hint }) : t("gift_card"), card.code || card.voucher_id || sales.sale.finished ? null : h("span", { class: "hint" }, t("card_made")));
  const price = moneyParts(card.amount_minor, currency());
  if (isFixed) return h("li", {}, h("span", { class: "q num" }, "1×"), name, price);
  return h("li", { class: "is-open" }, h("button", { type: "button", class: "till-step", "data-focus": "drop-card", "aria-label": t("card_drop"), onclick: () => sales.dropCard(card) }, icon("x")), name, price);
}

function discounts(isFixed) {
  const given = sales.sale.order?.discounts || [];
  return given.map((row) =>
    h(
      "li",
      { class: "dim" },
      isFixed ? h("span", {}) : h("button", { type: "button", class: "till-step", "aria-label": t("take_discount_back", { reason: row.reason }), onclick: () => tryIt(() => sales.takeDiscountBack(row.id)) }, icon("x")),
      h("span", {}, t("discount_row", { reason: row.reason })),
      moneyParts(-row.off.amount_minor, currency()),
    ),
  );
}

function totals(isFixed) {
  const isSure = sales.isSynced() || !sales.hasLines();
  const tax = isSure ? sales.sale.order.tax.amount_minor : null;
  return h(
    "div",
    { class: "till-totals" },
    h("p", { class: "row till-total" }, h("span", {}, t("total"), " ", h("span", { class: "hint" }, tax ? t("tax_included", { amount: money(tax, currency()) }) : "")), h("span", { class: "push", id: "till-total", "data-sure": isSure }, moneyParts(sales.total(), currency()))),
    !isSure && !api.isOnline() ? h("p", { class: "hint t-warn" }, t("prices_of", { time: catalogue.syncedAt ? clock(catalogue.syncedAt) : "—" })) : null,
    !isFixed && isSure && api.isOnline() ? h("button", { type: "button", class: "btn quiet", "data-focus": "discount", onclick: () => openDiscount(null) }, icon("tag"), t("discount")) : null,
  );
}

async function confirmClear(redraw) {
  const isSure = await ask(t("clear_title"), (close) => ({
    body: h("p", {}, count("clear_body", sales.pieces())),
    foot: [h("button", { type: "button", class: "btn", onclick: () => close(false) }, t("keep_cart")), h("button", { type: "button", class: "btn danger", onclick: () => close(true) }, t("clear"))],
  }));
  if (isSure) await sales.clear();
  redraw();
}

function openLine(line) {
  ask(line.name, (close) => {
    const pieces = field({ label: t("quantity"), inputmode: "numeric", value: line.quantity });
    const done = async () => {
      const wanted = /^\d+$/.test(pieces.value()) ? Number(pieces.value()) : null;
      if (!pieces.complain(wanted === null ? t("field_no_number") : wanted > sales.QUANTITY_MAX ? t("field_pieces_at_most", { number: sales.QUANTITY_MAX }) : "")) return pieces.focus();
      await sales.setQuantity(line.article, wanted);
      return close(true);
    };
    return {
      body: h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); done(); } }, pieces.node),
      foot: [
        h("button", { type: "button", class: "btn danger", onclick: async () => { await sales.setQuantity(line.article, 0); close(true); } }, t("remove")),
        h("button", { type: "button", class: "btn", onclick: () => { close(true); openDiscount(line); }, disabled: !api.isOnline() }, icon("tag"), t("discount")),
        h("button", { type: "button", class: "btn primary", onclick: done }, t("done")),
      ],
    };
  });
}

// A part or an amount, with its reason; beyond the till's limit the server says who may approve it.
function openDiscount(line) {
  const title = line ? t("discount_on", { name: line.name }) : t("discount_on_order");
  return ask(title, (close) => {
    const problem = h("div", { class: "notices" });
    const value = h("input", { id: "discount-value", inputmode: "decimal", required: true, autocomplete: "off" });
    const kind = h("select", { id: "discount-kind" }, h("option", { value: "percent" }, "%"), h("option", { value: "amount" }, currency()));
    const reason = h("input", { id: "discount-reason", required: true, maxlength: 120, autocomplete: "off" });
    const form = h(
      "form",
      { class: "form", id: "discount-form" },
      problem,
      h("div", { class: "till-pair" }, h("div", { class: "field" }, h("label", { for: "discount-value" }, t("how_much")), value), h("div", { class: "field" }, h("label", { for: "discount-kind" }, t("as_a")), kind)),
      h("div", { class: "field" }, h("label", { for: "discount-reason" }, t("reason")), reason),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = givenOf(kind.value, value.value);
      if (!given) return problem.replaceChildren(notice("bad", "octagon-x", t("no_amount")));
      try {
        await sales.sync();
        const server = line && sales.serverLine(line);
        if (line && !server) throw new api.Unreachable(t("not_priced_yet"));
        await sales.discount({ ...given, reason: reason.value, ...(server ? { line_id: server.id } : {}) });
        close(true);
      } catch (error) {
        if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
        problem.replaceChildren(notice("bad", "octagon-x", ...(error.lines || [error.message])));
      }
      return undefined;
    });
    return { body: form, foot: [h("button", { type: "button", class: "btn", onclick: () => close(null) }, t("cancel")), h("button", { type: "submit", form: "discount-form", class: "btn primary" }, t("give_discount"))] };
  });
}

function givenOf(kind, text) {
  if (kind === "amount") {
    const minor = minorOf(text, currency());
    return minor ? { amount_minor: minor } : null;
  }
  const percent = Number(text.replace(",", "."));
  return percent > 0 && percent <= 100 ? { percent_basis_points: Math.round(percent * 100) } : null;
}

async function tryIt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
    await ask(t("refused"), (close) => ({ body: notice("bad", "octagon-x", ...(error.lines || [error.message])), foot: h("button", { type: "button", class: "btn primary", onclick: () => close(true) }, t("done")) }));
  }
}
