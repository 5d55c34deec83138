// Gift cards: sell one, put more on one, ask what is on one. Nothing is on a card before the sale is paid.
import * as api from "./api.js";
import { date } from "./dates.js";
import { h, icon } from "./dom.js";
import { showPaper } from "./papers.js";
import { button, card, facts, field, form, moneyField, notice, page } from "./parts.js";
import { currency, isTraining } from "./place.js";
import * as sales from "./sale.js";
import * as screens from "./screens.js";
import { digits, money, t } from "./words.js";

const USUAL = [10, 25, 50, 100];
const STATES = { active: "card_active", empty: "card_empty", blocked: "card_blocked", expired: "card_expired" };

async function open(part, { close }) {
  await page(part, async (body) => {
    if (isTraining()) return body.append(notice("warn", t("cards_in_training")));
    return body.append(drawSale(close), drawBalance());
  });
  part.querySelector("input")?.focus();
}

function drawSale(close) {
  const amount = moneyField({ name: "amount", label: t("amount"), currency: currency(), isNeeded: true });
  const usual = h("div", { class: "chips" }, USUAL.map((whole) => h("button", { type: "button", class: "btn", onclick: () => amount.set(String(whole)) }, money(whole * 10 ** digits(currency()), currency()))));
  amount.node.append(usual);
  const number = field({ name: "number", "data-scan": true, label: t("card_number"), hint: t("card_number_hint"), maxlength: 40, autocapitalize: "characters" });
  const act = async () => {
    await sales.addCard({ amount_minor: amount.minor(), ...(number.value() ? await named(number.value()) : {}) });
    close();
  };
  const press = button({ label: t("card_put_on"), kind: "primary", icon: "gift", submits: true });
  const isFixed = sales.isFixed();
  if (isFixed) press.disabled = true;
  return card(t("card_sell"), h("p", { class: "muted" }, t("card_sell_hint")), isFixed ? notice("warn", t("screen_taken"), t("card_fixed")) : null, form({ nodes: [amount.node, number.node], press, act, checked: [amount] }));
}

// A card that is known gets more; one that was never seen becomes a card with the sale.
async function named(code) {
  const found = await balanceOf(code);
  return found ? { code, hint: found.hint, isNew: false } : { code, isNew: true };
}

// What is on a card; null where no card goes by this code.
async function balanceOf(code) {
  try {
    return await api.post("vouchers/balance-look-ups/", { code });
  } catch (problem) {
    if (!(problem instanceof api.Refused) || problem.code !== "voucher_not_usable") throw problem;
    return null;
  }
}

function drawBalance() {
  const code = field({ name: "code", label: t("gift_code"), hint: t("card_balance_hint"), maxlength: 40, autocapitalize: "characters", isNeeded: true });
  const shown = h("div", { role: "status" });
  const act = async () => {
    shown.replaceChildren();
    const found = await balanceOf(code.value());
    if (!found) return shown.replaceChildren(notice("warn", t("card_not_found"), t("card_not_found_next")));
    return shown.replaceChildren(
      facts([
        [t("card_named", { hint: found.hint }), h("b", {}, money(found.balance.amount_minor, found.balance.currency))],
        [t("card_state"), t(STATES[found.state])],
        found.last_day ? [t("card_until"), date(found.last_day)] : null,
      ]),
    );
  };
  const press = button({ label: t("card_ask"), icon: "search", submits: true });
  return card(t("card_balance"), form({ nodes: [code.node], press, act, checked: [code] }), shown);
}

// The tile behind the favourites.
export function cardTile() {
  if (isTraining()) return null;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "till-good tone-1", "data-focus": "good-gift-card", disabled: sales.isFixed(), onclick: () => screens.show("cards") },
      h("span", { class: "till-art", "aria-hidden": "true" }, icon("gift")),
      h("span", { class: "till-name" }, t("gift_card")),
      h("span", { class: "till-price" }, h("b", {}, t("card_choose")), h("span", { class: "hint" }, t("card_any_amount"))),
    ),
  );
}

// As people read it out; however it is typed it is the same code.
const grouped = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");

// A card's code, large enough to write down, and its paper with the code to scan.
export function drawCode({ hint, code, balance, papers }, words) {
  const amount = money(balance.amount_minor, balance.currency);
  const print = () => showPaper(t("card_named", { hint }), papers.html.replace("/api/v1/", ""));
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "counter-code" }, h("span", { class: "hint whole" }, t(words, { amount })), h("b", {}, grouped(code))),
    papers ? button({ label: t("card_print"), icon: "receipt-text", press: print }) : null,
  );
}

// The cards that an order made. Their codes are shown for a day; after that they are their owners' alone.
export async function drawCardsOf(orderId) {
  const results = await listCardsOf(orderId);
  if (!results.length) return null;
  return card(
    t("cards_title"),
    h("div", { class: "stack" }, results.map((one) => (one.code ? drawCode(one, "card_code_of") : notice("info", t("card_named", { hint: one.hint }), t("card_code_hidden"))))),
  );
}

// An order of another store has none to show here.
async function listCardsOf(orderId) {
  try {
    return (await api.get(`orders/${orderId}/vouchers/`)).results;
  } catch (problem) {
    if (!(problem instanceof api.Refused)) throw problem;
    return [];
  }
}

// The cards of a sale that is paid: codes to hand over, and what was put on the others.
export function drawSoldCards({ cards, finished }) {
  if (!cards.length) return null;
  const made = cards.filter((one) => !one.code && !one.voucher_id);
  const loaded = cards.filter((one) => one.code || one.voucher_id);
  return h(
    "div",
    { class: "stack", id: "till-cards" },
    made.length && !finished.cards ? h("p", { class: "hint", role: "status" }, t("card_coming")) : null,
    (finished.cards || []).map((one) => drawCode(one, "card_code_of")),
    finished.cards?.length ? h("p", { class: "hint" }, t("card_print_now")) : null,
    loaded.map((one) => notice("good", t("card_loaded", { hint: one.hint, amount: money(one.amount_minor, currency()) }))),
  );
}

screens.register("cards", { title: () => t("cards_title"), icon: "gift", place: "menu", open });
