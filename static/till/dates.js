// Days and hours as people here read them, in the store's zone.
import { place } from "./place.js";
import { language } from "./words.js";

// English without a country would put the month first.
const locale = language === "en" ? "en-GB" : language;
const write = (value, parts, zone = place.store?.zone) => new Intl.DateTimeFormat(locale, { ...parts, ...(zone ? { timeZone: zone } : {}) }).format(new Date(value));

export const day = (value) => write(value, { weekday: "short", day: "numeric", month: "short" });
export const moment = (value) => write(value, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
export const hour = (value) => write(value, { hour: "2-digit", minute: "2-digit" });

// A date without an hour is the same everywhere.
export const date = (value) => write(value, { day: "numeric", month: "short", year: "numeric" }, "UTC");
