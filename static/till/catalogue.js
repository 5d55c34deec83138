// The catalogue as it stands on this tablet: fetched once, then only what changed.
import * as api from "./api.js";
import * as store from "./store.js";

const AGAIN_MS = 20000;
// Sorted once per change: a till with 20,000 articles draws its tiles with every press.
let sorted = null;
const collator = new Intl.Collator();

export const catalogue = { articles: new Map(), codes: new Map(), syncedAt: null };

export async function recall() {
  for (const article of await store.all("articles")) keep(article);
  catalogue.syncedAt = (await store.get("catalogue-at")) || null;
}

// Fetches page after page until nothing is missing. A page that was kept is not fetched again.
export async function sync() {
  for (;;) {
    const cursor = (await store.get("catalogue-cursor")) || "";
    const delta = await api.get(`catalog/?since=${encodeURIComponent(cursor)}`);
    // "0.…" goes on in a whole catalogue; anything else that is answered with a whole one begins it.
    const begins = delta.is_full && !cursor.startsWith("0.");
    if (begins) clear();
    await store.saveMany("articles", delta.variants, begins);
    for (const article of delta.variants) keep(article);
    await store.put("catalogue-cursor", delta.cursor);
    if (delta.is_complete) break;
  }
  catalogue.syncedAt = Date.now();
  await store.put("catalogue-at", catalogue.syncedAt);
}

// Goes on asking what changed; prices and stock on the tiles are at most that old.
export function keepFresh(drawn) {
  setInterval(async () => {
    if (!api.isOnline()) return;
    try {
      await sync();
      drawn();
    } catch (error) {
      if (!(error instanceof api.Unreachable) && !(error instanceof api.Refused)) throw error;
    }
  }, AGAIN_MS);
}

function clear() {
  sorted = null;
  catalogue.articles.clear();
  catalogue.codes.clear();
}

function keep(article) {
  sorted = null;
  catalogue.articles.set(article.id, article);
  for (const code of [article.sku, ...article.barcodes]) catalogue.codes.set(code.toLowerCase(), article.id);
}

export const find = (id) => catalogue.articles.get(id) || null;
export const isSold = (article) => article.is_active && article.price !== null;
export const nameOf = (article) => (article.name && article.name !== article.product_name ? `${article.product_name}, ${article.name}` : article.product_name);

export function findByCode(code) {
  const article = find(catalogue.codes.get(code.trim().toLowerCase()));
  return article && isSold(article) ? article : null;
}

function sortNow() {
  const articles = [...catalogue.articles.values()].filter(isSold).sort((one, other) => collator.compare(nameOf(one), nameOf(other)));
  return { articles, groups: new Map([...groupBy(articles)].sort(([one], [other]) => byCategory(one, other))) };
}

// By name; what has no category stands last, so that it moves no other tab when it comes.
const byCategory = (one, other) => (one === "") - (other === "") || collator.compare(one, other);

function groupBy(articles) {
  const groups = new Map();
  for (const article of articles) {
    if (!groups.has(article.category)) groups.set(article.category, []);
    groups.get(article.category).push(article);
  }
  return groups;
}

// What is on sale, by name; and the same by category.
export const list = () => (sorted ??= sortNow()).articles;
export const categories = () => [...(sorted ??= sortNow()).groups.keys()];
export const inCategory = (category) => (sorted ??= sortNow()).groups.get(category) || [];

// Every word of what was typed is somewhere in the name or number.
export function search(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (article) => {
    const hay = `${nameOf(article)} ${article.sku} ${article.category}`.toLowerCase();
    return wanted.every((word) => hay.includes(word));
  };
  return list().filter(has);
}
