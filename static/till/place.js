// Who and where this tablet is: its register, store, merchant, shift, offline rules.
import * as api from "./api.js";
import * as store from "./store.js";
import { useLocale } from "./words.js";

export const place = { name: "", register: null, store: null, merchant: null, shift: null, rules: null, cashiers: [] };

// From what was kept; without a line that is all there is.
export async function recall() {
  const kept = await store.get("place");
  if (kept) Object.assign(place, kept);
  if (place.merchant) useLocale(place.merchant.locale, place.store.zone || place.merchant.zone);
  return Boolean(kept);
}

export async function refresh() {
  const [me, shift, rules] = await Promise.all([api.me(), api.get("till/shift/"), api.get("offline-rules/")]);
  Object.assign(place, { name: me.name, register: me.register, store: me.store, merchant: me.merchant, shift, rules, rights: me.rights });
  useLocale(place.merchant.locale, place.store.zone || place.merchant.zone);
  await store.put("place", { ...place });
}

export const currency = () => place.store.currency;
export const isTraining = () => Boolean(place.shift?.is_training);
