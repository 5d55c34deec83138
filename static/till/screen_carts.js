// Carts that go from channel to channel: one begun online goes on here by its code; the one on screen goes on at the customer's phone, or at another till.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { moment } from "./dates.js";
import { h } from "./dom.js";
import { goOnWith, isFree, takenNotice } from "./go_on.js";
import { button, card, field, form, notice, page, rows } from "./parts.js";
import { isTraining, place } from "./place.js";
import * as sales from "./sale.js";
import * as screens from "./screens.js";
import { count, money, t } from "./words.js";

async function open(part, { close }) {
  await page(part, async (body) => {
    if (isTraining()) return body.append(notice("warn", t("carts_in_training")));
    await sales.sync();
    return body.append(drawTake(close), drawSearch(close), ...(sales.sale.order && !isFree() && !sales.sale.pending ? [drawPassOn()] : []));
  });
  part.querySelector("input")?.focus();
}

function drawTake(close) {
  const drawnAt = Date.now();
  const code = field({ name: "code", "data-scan": true, label: t("carts_code"), hint: t("carts_code_hint"), maxlength: 300, autocapitalize: "characters", isNeeded: true });
  const act = () => take({ code: code.value() }, drawnAt, close);
  const press = button({ label: t("carts_take"), kind: "primary", icon: "arrow-right", submits: true });
  const taken = takenNotice();
  if (taken) press.disabled = true;
  return card(t("carts_by_code"), taken, form({ nodes: [code.node], press, act, checked: [code] }));
}

async function take(body, drawnAt, close) {
  const cart = await actOnce({ name: `hand-off:${body.code ?? body.number}`, path: "hand-offs/", body, drawnAt, label: t("carts_take") });
  await goOnWith(cart.id, close);
}

function drawSearch(close) {
  const asked = field({ name: "q", label: t("carts_search"), hint: t("carts_search_hint"), maxlength: 120, isNeeded: true, enterkeyhint: "search" });
  const found = rows([]);
  const act = async () => {
    const { results } = await api.get(`carts/?q=${encodeURIComponent(asked.value())}`);
    const here = results.filter((cart) => !cart.store_id || cart.store_id === place.store.id);
    found.replaceChildren(...here.map((cart) => drawCart(cart, close)));
    if (!here.length) found.append(h("li", { class: "muted" }, t("carts_none")));
  };
  const press = button({ label: t("return_find"), icon: "search", submits: true });
  return card(t("carts_find"), form({ nodes: [asked.node], press, act, checked: [asked] }), found);
}

// One cart of a list, with the button that takes it over.
export function drawCart(cart, close) {
  const drawnAt = Date.now();
  const pieces = cart.lines.reduce((sum, line) => sum + line.quantity, 0);
  const press = button({ label: t("carts_take"), icon: "arrow-right", press: () => (isFree() ? take({ number: cart.number }, drawnAt, close) : undefined) });
  press.disabled = !isFree();
  return h(
    "li",
    {},
    h("span", { class: "grow" }, h("span", { class: "strong" }, cart.number), h("span", { class: "hint whole" }, [cart.email, count("pieces", pieces), cart.hold?.holder].filter(Boolean).join(" · "))),
    h("span", { class: "num strong" }, money(cart.total.amount_minor, cart.total.currency)),
    press,
  );
}

function drawPassOn() {
  const { sale } = sales;
  const shown = h("div", { class: "counter-handoff" });
  const offer = async (made) => {
    await sales.passOn();
    const cart = await api.post(`carts/${sale.order.id}/codes/`);
    const picture = `data:image/svg+xml;base64,${btoa(await api.getText(`carts/${sale.order.id}/code.svg`))}`;
    shown.replaceChildren(
      h("img", { class: "counter-qr", src: picture, alt: t("carts_qr") }),
      h("p", { class: "counter-code" }, h("b", {}, cart.hand_off.code), h("span", { class: "hint whole" }, t("carts_until", { time: moment(cart.hand_off.until) }))),
      h("p", { class: "hint" }, t("carts_pass_after")),
    );
    made.hidden = true;
  };
  return card(t("carts_pass_on"), h("p", { class: "muted" }, t("carts_pass_hint", { number: sale.order.number })), button({ label: t("carts_pass_press"), icon: "smartphone", press: offer }), shown);
}

screens.register("carts", { title: () => t("carts_title"), icon: "smartphone", place: "menu", open });
