// Whose order it is: found by what the customer says of themselves, or noted anew; with the carts they began elsewhere.
import * as api from "./api.js";
import { h } from "./dom.js";
import { button, card, facts, field, form, notice, page, rows } from "./parts.js";
import { isTraining, place } from "./place.js";
import * as sales from "./sale.js";
import { drawCart } from "./screen_carts.js";
import * as screens from "./screens.js";
import { takenNotice } from "./go_on.js";
import { count, money, t } from "./words.js";

async function open(part, { close }) {
  await page(part, async (body, again) => {
    if (isTraining()) return body.append(notice("warn", t("customer_in_training")));
    const { sale } = sales;
    const buyer = sales.buyer();
    if (buyer) {
      const id = buyer.id ?? buyer.body?.customer_id;
      body.append(id ? drawKnown(await api.get(`customers/${id}/`), again, close) : drawNoted(buyer, again));
      if (id) body.append(drawCarts((await api.get(`carts/?customer=${id}`)).results.filter((cart) => cart.id !== sale.order?.id), close));
    } else {
      body.append(drawSearch(close), drawNew(close));
    }
    return undefined;
  });
  part.querySelector("input")?.focus();
}

const isOver = () => Boolean(sales.sale.finished);

function drawSearch(close) {
  const asked = field({ name: "q", label: t("customer_search"), hint: t("customer_search_hint"), maxlength: 120, isNeeded: true, enterkeyhint: "search" });
  const found = rows([]);
  const act = async () => {
    const { results } = await api.get(`customers/?q=${encodeURIComponent(asked.value())}`);
    found.replaceChildren(...results.map((row) => drawFound(row, close)));
    if (!results.length) found.append(h("li", { class: "muted" }, t("customer_none")));
  };
  const press = button({ label: t("return_find"), kind: "primary", icon: "search", submits: true });
  return card(t("customer_find"), isOver() ? notice("warn", t("customer_too_late")) : null, form({ nodes: [asked.node], press, act, checked: [asked] }), found);
}

const reachOf = (row) => [row.email, row.phone].filter(Boolean).join(" · ");

function drawFound(row, close) {
  const take = async () => {
    await sales.wantBuyer(row.name || row.email, { customer_id: row.id });
    // What they began elsewhere is seen at once; without any the sale goes on.
    const { results } = await api.get(`carts/?customer=${row.id}`);
    return results.some((cart) => cart.id !== sales.sale.order?.id) ? screens.show("customer") : close();
  };
  const press = button({ label: t("customer_take"), icon: "check", press: take });
  press.disabled = isOver();
  return h(
    "li",
    {},
    h("span", { class: "grow" }, h("span", { class: "strong" }, row.name || row.email), h("span", { class: "hint whole" }, [reachOf(row), count("customer_orders", row.orders)].filter(Boolean).join(" · "))),
    press,
  );
}

function drawNew(close) {
  const name = field({ name: "name", label: t("customer_name"), maxlength: 160, isNeeded: true, autocomplete: "off" });
  const email = field({ name: "email", label: t("customer_email"), type: "email", maxlength: 254, inputmode: "email" });
  const phone = field({ name: "phone", label: t("customer_phone"), type: "tel", maxlength: 40, inputmode: "tel" });
  // One of the two is enough; the mail is asked for where both are missing.
  const reach = { ...email, check: () => email.complain(email.value() || phone.value() ? "" : t("customer_reach_needed")) };
  const act = async () => {
    await sales.wantBuyer(name.value(), { new: { name: name.value(), email: email.value(), phone: phone.value() } });
    close();
  };
  const press = button({ label: t("customer_note"), icon: "plus", submits: true });
  press.disabled = isOver();
  return card(t("customer_new"), h("p", { class: "muted" }, t("customer_new_hint")), form({ nodes: [name.node, email.node, phone.node], press, act, checked: [name, reach] }));
}

function drawKnown(customer, again, close) {
  const spent = customer.spent.map((sum) => money(sum.amount_minor, sum.currency)).join(", ");
  const shown = facts([
    customer.email ? [t("customer_email"), customer.email] : null,
    customer.phone ? [t("customer_phone"), customer.phone] : null,
    [t("customer_bought"), [count("customer_orders", customer.orders), spent].filter(Boolean).join(", ")],
  ]);
  const acts = h("div", { class: "row" }, [button({ label: t("to_sale"), kind: "primary", icon: "arrow-right", press: close }), isOver() ? null : takeOff(again)]);
  return card(h("h2", { tabindex: -1 }, customer.name || customer.email), shown, acts);
}

// Kept on the tablet until the order is at the server.
const drawNoted = (buyer, again) => card(buyer.name, h("p", { class: "muted" }, t("customer_noted")), h("div", {}, takeOff(again)));

function takeOff(again) {
  const act = async () => {
    if (sales.sale.order) await sales.wantBuyer("", {});
    else await sales.forgetBuyer();
    await again();
  };
  return button({ label: t("customer_take_off"), kind: "danger", icon: "x", press: act });
}

function drawCarts(carts, close) {
  const here = carts.filter((cart) => !cart.store_id || cart.store_id === place.store.id);
  if (!here.length) return card(t("customer_carts"), h("p", { class: "muted" }, t("customer_no_carts")));
  return card(t("customer_carts"), takenNotice(), rows(here.map((cart) => drawCart(cart, close))));
}

screens.register("customer", { title: () => t("customer_title"), icon: "users", place: "menu", open });
