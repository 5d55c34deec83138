// Articles picked by scanner, number or name, with their pieces: what somebody brings without a receipt, or takes in exchange.
import { findByCode, nameOf, search } from "./catalogue.js";
import { h } from "./dom.js";
import { button, field, rows, stepper } from "./parts.js";
import { money, t } from "./words.js";

const FOUND_MAX = 8;
const PIECES_MAX = 999;

// Returns the part and what was picked. `hasDamage` asks of each whether it is fit for sale.
export function picker({ label, changed, hasDamage = false }) {
  const picked = [];
  const list = rows([]);
  const found = h("div", { class: "counter-found" });
  const asked = field({ name: "article", "data-scan": true, label, hint: t("pick_hint"), enterkeyhint: "search" });
  const draw = () => {
    list.replaceChildren(...picked.map(drawPicked));
    changed();
  };
  const drawPicked = (one) => {
    const pieces = stepper({ label: one.name, max: PIECES_MAX, value: one.quantity, changed: (number) => set(one, number) });
    const damaged = h("input", { type: "checkbox", onchange: () => { one.damaged = damaged.checked; } });
    damaged.checked = one.damaged;
    return h(
      "li",
      {},
      h("span", { class: "grow" }, h("span", { class: "strong" }, one.name), h("span", { class: "hint whole" }, `${one.sku} · ${money(one.price_minor, one.currency)}`)),
      pieces.node,
      hasDamage ? h("label", { class: "row small whole" }, damaged, t("return_damaged")) : null,
    );
  };
  const set = (one, number) => {
    one.quantity = number;
    if (number) return changed();
    picked.splice(picked.indexOf(one), 1);
    return draw();
  };
  const add = (article) => {
    const known = picked.find((one) => one.article === article.id);
    if (known) known.quantity += 1;
    else picked.push({ article: article.id, sku: article.sku, name: nameOf(article), price_minor: article.price.amount_minor, currency: article.price.currency, quantity: 1, damaged: false });
    asked.set("");
    asked.complain("");
    found.replaceChildren();
    asked.focus();
    draw();
  };
  const look = () => {
    const text = asked.value();
    if (!text) return found.replaceChildren();
    const exact = findByCode(text);
    if (exact) return add(exact);
    const some = search(text).slice(0, FOUND_MAX);
    if (some.length === 1) return add(some[0]);
    asked.complain(some.length ? "" : t("nothing_found", { text }));
    return found.replaceChildren(...some.map((article) => button({ label: `${nameOf(article)} · ${money(article.price.amount_minor, article.price.currency)}`, icon: "plus", press: () => add(article) })));
  };
  const made = h("form", { class: "stack", novalidate: true }, h("div", { class: "counter-search" }, asked.node, button({ label: t("pick_add"), icon: "plus", submits: true })), found, list);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  return { node: made, picked, lines: () => picked.map(({ article, quantity, damaged }) => (hasDamage ? { article, quantity, damaged } : { article, quantity })), focus: asked.focus, complain: asked.complain };
}
