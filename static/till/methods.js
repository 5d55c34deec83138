// Ways of paying, in words.
import { t } from "./words.js";

const METHODS = {
  cash: "method_cash", card_present: "method_card", card: "method_card", gift_card: "method_gift_card", store_credit: "method_gift_card", exchange: "method_exchange",
  marketplace: "method_marketplace", wallet: "method_wallet", bank_transfer: "method_bank_transfer",
};
export const methodName = (method) => t(METHODS[method] ?? "method_other");

export function tenderName(tender) {
  const digits = tender.card?.last4;
  return digits ? `${tender.card.brand || methodName(tender.method)} •${digits}` : methodName(tender.method);
}
