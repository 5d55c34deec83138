// From a screen beside the sale back to the sale, with an order that is to be paid or changed here.
import * as sales from "./sale.js";
import { notice } from "./parts.js";
import { t } from "./words.js";

// Whether another order may take the screen: what stands there is over, or there is nothing.
export const isFree = () => sales.isEmpty() || Boolean(sales.sale.finished);

// What a person reads while the screen is taken; null when it is free.
export const takenNotice = () => (isFree() ? null : notice("warn", t("screen_taken"), t("screen_taken_next")));

// Puts the order on the sale's screen, as the server has it.
export async function goOnWith(orderId, close) {
  await sales.adopt(orderId);
  close();
}
