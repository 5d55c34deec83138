// The receipt of a sale that was made without a line: what the till knows of it, frozen when it was sold, with the number of the register's own series; then as a page of its own.
import { h } from "./dom.js";
import { showPage } from "./papers.js";
import { place } from "./place.js";
import * as sales from "./sale.js";
import { digits, paperWords } from "./words.js";

// Every fact of the paper. `number` is null where the server gives it, because it may have done so already.
export function factsOf(sale, tender, { number, soldAt, given_minor, change_minor, rounding_minor }) {
  const { register, store, merchant, shift } = place;
  return {
    number,
    order_number: sale.order?.number || "",
    sold_at: soldAt,
    locale: merchant.locale,
    zone: store.zone || merchant.zone,
    currency: store.currency,
    merchant: merchant.name,
    store: { name: store.name, address: store.address || {}, tax_number: store.tax_number || "", is_vat_number: Boolean(store.is_vat_number), organisation_number: store.organisation_number || "" },
    register: { name: register.name, code: register.code },
    served_by: shift?.shift?.person || place.name || register.name,
    lines: linesOf(sale),
    rounding_minor,
    tenders: [...sale.tenders.filter((row) => row.status === "paid").map((row) => ({ method: row.method, amount_minor: row.amount_minor })), { method: tender.method, amount_minor: tender.amount_minor + rounding_minor, given_minor, change_minor }],
  };
}

// As the server priced them, if it could; else by the prices on this tablet, rounded as the server rounds.
function linesOf(sale) {
  if (sales.isSynced() || !sales.hasLines(sale)) return sale.order.lines.map(serverLine);
  return sale.lines.map((line) => {
    const total_minor = sales.localLine(line);
    const net = line.unit_minor * line.quantity;
    const tax_minor = line.includes_tax ? Math.round((total_minor * line.rate) / (10000 + line.rate)) : total_minor - net;
    return { name: line.name, quantity: line.quantity, unit_minor: line.unit_minor, includes_tax: line.includes_tax, discount_minor: 0, total_minor, tax_minor, rate: line.rate };
  });
}

const serverLine = (row) => ({ name: row.name, quantity: row.quantity, unit_minor: row.unit_price_minor, includes_tax: row.includes_tax, discount_minor: row.discount_minor, total_minor: row.total_minor, tax_minor: row.tax_minor, rate: row.tax_rate_basis_points });

// "Till 1-118", as it stands on the server's papers.
export const numberOf = (paper) => (paper.number === null ? "" : `${paper.register.name}-${paper.number}`);

// Shows the paper, with the mark of a copy from its second print on, and offers to print it.
export function show(title, paper, { copy = 0, printed } = {}) {
  const sheet = document.implementation.createHTMLDocument(title);
  sheet.documentElement.lang = languageOf(paper);
  for (const path of ["css/tokens.css", "css/fonts.css", "css/receipt.css"]) sheet.head.append(h("link", { rel: "stylesheet", href: `${document.body.dataset.static}${path}` }));
  sheet.body.append(h("main", { class: "receipt", id: "till-paper" }, draw(paper, copy)));
  return showPage(title, `<!DOCTYPE html>${sheet.documentElement.outerHTML}`, printed);
}

const languageOf = (paper) => paper.locale.replace("-", "_").split("_")[0].toLowerCase();
// Plain English would be American: months first and twelve-hour clocks.
const regionOf = (paper) => (paper.locale === "en" ? "en-GB" : paper.locale.replace("_", "-"));

function draw(paper, copy) {
  const words = paperWords(languageOf(paper));
  const total = paper.lines.reduce((sum, line) => sum + line.total_minor, 0);
  const write = writer(paper);
  return [
    copy ? h("p", { class: "copy" }, `${words.copy} ${copy}`) : null,
    h("header", {}, sellerOf(paper).map((line, at) => h("p", { class: at ? null : "seller" }, line))),
    // What has no number of the series is no receipt, and what is printed of the sale later is the original.
    h("h1", {}, paper.number === null ? words.provisional : `${words.receipt} ${numberOf(paper)}`),
    h("dl", {}, factRows(paper, words).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h(
      "table",
      {},
      h("tbody", {}, paper.lines.map((line) => row(line.name, write(line.total_minor), noteOf(line, write, words)))),
      h("tfoot", {}, h("tr", { class: "total" }, h("th", { scope: "row" }, `${words.total} ${paper.currency}`), h("td", {}, write(total))), moneyRows(paper, total, write, words)),
    ),
    taxTable(paper, write, words),
    h("footer", {}, h("p", {}, words[paper.number === null ? "number_follows" : "made_offline"]), sellerNumbers(paper, words).map((line) => h("p", {}, line))),
  ].filter(Boolean);
}

const row = (left, right, note = "") => h("tr", {}, h("th", { scope: "row" }, left, note ? h("small", {}, note) : null), h("td", {}, right));

// Amounts as the server's papers write them: with their decimals, without a sign of the currency, and with a true minus.
function writer(paper) {
  const places = digits(paper.currency);
  const format = new Intl.NumberFormat(regionOf(paper), { minimumFractionDigits: places, maximumFractionDigits: places });
  return (minor) => format.format(minor / 10 ** places).replace("-", "−");
}

function sellerOf({ merchant, store }) {
  const { address } = store;
  const town = [address.postcode || address.postal_code, address.city].filter(Boolean).join(" ");
  return [merchant, store.name, address.street || address.line1, town].filter(Boolean);
}

function sellerNumbers({ store }, words) {
  const label = words[store.is_vat_number ? "tax_number" : "tax_office_number"];
  return [[label, store.tax_number], [words.organisation_number, store.organisation_number]].filter(([, number]) => number).map((pair) => pair.join(" "));
}

function factRows(paper, words) {
  const moment = new Date(paper.sold_at);
  const date = new Intl.DateTimeFormat(regionOf(paper), { dateStyle: "short", timeStyle: "short", hourCycle: "h23", timeZone: paper.zone }).format(moment);
  const zone = new Intl.DateTimeFormat("en-GB", { timeZone: paper.zone, timeZoneName: "short" }).formatToParts(moment).find((part) => part.type === "timeZoneName").value;
  return [
    [words.date, `${date} ${zone}`],
    [words.order, paper.order_number],
    [words.register, paper.register.code ? `${paper.register.name} (${paper.register.code})` : paper.register.name],
    [words.served_by, paper.served_by],
  ].filter(([, value]) => value);
}

function noteOf(line, write, words) {
  const pieces = `${line.quantity} × ${write(line.unit_minor)}`;
  const notes = [!line.includes_tax ? `${pieces} ${words.without_tax}` : line.quantity !== 1 ? pieces : ""];
  if (line.discount_minor) notes.push(`${words.discount} ${write(-line.discount_minor)}`);
  return notes.filter(Boolean).join(", ");
}

function moneyRows(paper, total, write, words) {
  const rounded = paper.rounding_minor ? [row(words.rounding, write(paper.rounding_minor)), row(words.to_pay, write(total + paper.rounding_minor))] : [];
  const paid = paper.tenders.map((tender) => [
    row(words[tender.method] || tender.method, write(tender.amount_minor)),
    tender.change_minor ? [row(words.given, write(tender.given_minor)), row(words.change, write(-tender.change_minor))] : null,
  ]);
  return [rounded, paid].flat(3).filter(Boolean);
}

function taxTable(paper, write, words) {
  const rates = new Map();
  for (const line of paper.lines) {
    const sum = rates.get(line.rate) || { total: 0, tax: 0 };
    rates.set(line.rate, { total: sum.total + line.total_minor, tax: sum.tax + line.tax_minor });
  }
  const percent = new Intl.NumberFormat(regionOf(paper), { maximumFractionDigits: 2 });
  const cells = [...rates].sort(([one], [other]) => one - other).map(([rate, { total, tax }]) => [`${percent.format(rate / 100)} %`, write(total - tax), write(tax), write(total)]);
  return h(
    "table",
    { class: "taxes" },
    h("thead", {}, h("tr", {}, [words.tax, words.net, words.tax, words.gross].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, cells.map((texts) => h("tr", {}, texts.map((text) => h("td", {}, text))))),
  );
}
