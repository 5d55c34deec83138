// The page's words, and figures as the store writes them.
const words = JSON.parse(document.getElementById("till-words").textContent);
export const language = document.documentElement.lang || "en";
let locale = language;
let zone;

// The words on papers, which are written in the merchant's language, whatever the page's is.
const papers = JSON.parse(document.getElementById("till-paper-words").textContent);
export const paperWords = (code) => papers[code] || papers.en;

// Figures as the page's language writes them, in the merchant's region where both speak it; times as the store's clock shows them.
export function useLocale(code, timeZone) {
  const region = (code || "").replace("_", "-");
  locale = region.split("-")[0] === language.split("-")[0] ? region : language;
  zone = timeZone;
  numbers.clear();
}

export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export function count(key, number, values = {}) {
  return t(`${key}_${number === 1 ? "one" : "many"}`, { n: number, ...values });
}

const numbers = new Map();
function numberFormat(currency) {
  if (!numbers.has(currency)) numbers.set(currency, new Intl.NumberFormat(locale, { style: "currency", currency }));
  return numbers.get(currency);
}

export function digits(currency) {
  return numberFormat(currency).resolvedOptions().maximumFractionDigits;
}

export function money(minor, currency) {
  return numberFormat(currency).format(minor / 10 ** digits(currency)).replace("-", "−");
}

// As somebody here would type it.
export function typed(minor, currency) {
  const places = digits(currency);
  return new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: false }).format(minor / 10 ** places);
}

// An amount with its symbol in quieter ink.
export function moneyParts(minor, currency) {
  const span = document.createElement("span");
  span.className = "money";
  for (const part of numberFormat(currency).formatToParts(minor / 10 ** digits(currency))) {
    if (part.type === "currency") {
      const symbol = document.createElement("span");
      symbol.className = "cur";
      symbol.textContent = part.value;
      span.append(symbol);
    } else span.append(part.type === "minusSign" ? "−" : part.value);
  }
  return span;
}

// What somebody typed, in minor units; null for what is no amount. Both comma and point part the minor units.
export function minorOf(text, currency) {
  const plain = text.trim().replace(/[\s']/g, "");
  if (!/^\d+([.,]\d*)?$/.test(plain)) return null;
  const [whole, part = ""] = plain.split(/[.,]/);
  const places = digits(currency);
  if (part.length > places) return null;
  return Number(whole + part.padEnd(places, "0"));
}

export function clock(moment) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(moment));
}
