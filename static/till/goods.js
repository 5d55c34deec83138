// The left side: categories, tiles of articles with price and pieces here, and what was searched for.
import { catalogue, categories, inCategory, list, nameOf, search } from "./catalogue.js";
import { draw, h, icon } from "./dom.js";
import * as sales from "./sale.js";
import { cardTile } from "./screen_cards.js";
import * as store from "./store.js";
import { count, moneyParts, t } from "./words.js";

// More tiles than that nobody looks through; searching finds the others.
const TILES_MAX = 120;
// Fewer pieces than that are worth a look before they are promised.
const FEW = 3;
const SOLD_TIMES_KEPT = 400;
// What was sold weeks ago is no favourite of today.
const DAYS_KEPT = 14;
const FAVOURITES = 24;
const TONES = 4;

let category = null;
// Pieces by day and article.
let sold = {};
// Of the days before today: tiles stay in their places the whole day, however often the page is opened.
let ranking = {};

const dayOf = (moment) => new Date(moment).toISOString().slice(0, 10);

export async function recall() {
  sold = (await store.get("sold-days")) || {};
  const today = dayOf(Date.now());
  ranking = {};
  for (const [day, pieces] of Object.entries(sold)) {
    if (day < today) for (const [article, number] of Object.entries(pieces)) ranking[article] = (ranking[article] || 0) + number;
  }
}

// What is sold most at this till stands first from tomorrow.
export async function noteSold(lines) {
  const today = dayOf(Date.now());
  const pieces = { ...sold[today] };
  for (const line of lines) pieces[line.article] = (pieces[line.article] || 0) + line.quantity;
  const most = Object.entries(pieces).sort(([, one], [, other]) => other - one).slice(0, SOLD_TIMES_KEPT);
  const days = Object.entries({ ...sold, [today]: Object.fromEntries(most) }).sort(([one], [other]) => (one < other ? 1 : -1));
  sold = Object.fromEntries(days.slice(0, DAYS_KEPT));
  await store.put("sold-days", sold);
}

function favourites() {
  // As often sold: by name, so that the order is the same each time.
  const most = list().filter((article) => ranking[article.id]).sort((one, other) => ranking[other.id] - ranking[one.id]);
  const taken = new Set(most);
  for (const article of list()) {
    if (taken.size >= FAVOURITES) break;
    taken.add(article);
  }
  return [...taken].slice(0, FAVOURITES);
}

function shown(text) {
  if (text) return search(text);
  return category === null ? favourites() : inCategory(category);
}

export function drawTabs(part, redraw) {
  const names = categories();
  const tab = (name, label) =>
    h("button", { type: "button", class: "till-tab", "data-focus": `tab-${name}`, "aria-pressed": String(category === name), onclick: () => { category = name; redraw(); } }, label);
  draw(part, tab(null, t("favourites")), names.map((name) => tab(name, name || t("no_category"))));
}

export function drawGoods(part, text) {
  const found = shown(text);
  if (!found.length) {
    draw(part, h("div", { class: "empty" }, icon("search"), h("p", {}, text ? t("nothing_found", { text }) : catalogue.articles.size ? t("category_empty") : t("catalogue_empty"))));
    return;
  }
  const rest = found.length - TILES_MAX;
  draw(part, h("ul", { class: "till-grid" }, found.slice(0, TILES_MAX).map(tile), !text && category === null ? cardTile() : null), rest > 0 ? h("p", { class: "hint till-rest" }, count("more_found", rest)) : null);
}

function tile(article) {
  const inCart = sales.quantityOf(article.id);
  const name = nameOf(article);
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: `till-good tone-${toneOf(article.category)}`, "data-focus": `good-${article.id}`, "data-sku": article.sku, disabled: sales.isFixed(), onclick: () => sales.addArticle(article.id) },
      h("span", { class: "till-art", "aria-hidden": "true" }, initials(article.product_name)),
      inCart ? h("span", { class: "till-pieces" }, String(inCart), h("span", { class: "sr" }, ` ${t("in_cart")}`)) : null,
      h("span", { class: "till-name" }, name),
      h("span", { class: "till-price" }, h("b", {}, moneyParts(article.price.amount_minor, article.price.currency)), stock(article)),
    ),
  );
}

function stock(article) {
  if (!article.is_stocked) return null;
  const free = article.free_quantity ?? 0;
  if (free <= 0) return h("span", { class: "hint till-few" }, t("none_here"));
  return h("span", { class: `hint${free <= FEW ? " till-few" : ""}` }, free <= FEW ? count("left", free) : count("here", free));
}

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] || "").join("").toUpperCase();

function toneOf(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return (sum % TONES) + 1;
}
