// The token of this tablet ended while the till was open, or before. What was not sent stays here, and what was on the screen as far as it still can go on.
import * as api from "./api.js";
import { openDoor } from "./pair.js";
import { place } from "./place.js";
import * as queue from "./queue.js";
import * as sales from "./sale.js";
import * as store from "./store.js";
import { count, t } from "./words.js";

const BEFORE = "place-before";
let isUnpaired = false;

export const isOver = () => isUnpaired;

// Says it and offers pairing again, once; the page begins anew with the next token.
export async function unpair(root) {
  if (isUnpaired) return;
  isUnpaired = true;
  api.useToken("");
  if (place.register) await store.put(BEFORE, { register: place.register.id, merchant: place.merchant.id });
  await store.forgetToken();
  document.getElementById("till-dialog").close();
  const unsent = queue.waiting().length;
  const token = await openDoor(root, { reason: [t("was_revoked"), unsent ? count("to_send", unsent) : ""].filter(Boolean).join(" ") });
  api.useToken(token);
  location.reload();
}

// After the next pairing: at the same till the sale goes on, at another one of the merchant its goods do, at another merchant nothing does.
export async function goOnAfterPairing() {
  const before = await store.get(BEFORE);
  if (!before) return;
  const { sale } = sales;
  const isSame = before.register === place.register.id;
  if (!isSame) await sales.begin(sales.startedElsewhere({ isSameMerchant: before.merchant === place.merchant.id }));
  // Nobody knows whether the old token's last request was done, and the new one's would be another: the order itself says what is paid.
  else if (sale.pending && !sale.pending.operation && sale.order) await sales.adopt(sale.order.id);
  await store.put(BEFORE, null);
}
