// What became of money that goes back: cash out of the drawer now, a card when its bank has answered, store credit with its code.
import * as api from "./api.js";
import { h } from "./dom.js";
import { methodName, tenderName } from "./methods.js";
import { showPaper } from "./papers.js";
import { button, card, facts, notice, rows, status } from "./parts.js";
import { drawCode } from "./screen_cards.js";
import * as screens from "./screens.js";
import { money, t } from "./words.js";

const ENDED = { succeeded: ["good", "refund_succeeded"], declined: ["bad", "refund_declined"], failed: ["bad", "refund_failed"] };
const WAITING = { unknown: ["warn", "refund_unknown"] };
const ASK_MS = 1500;
// A bank that has not answered by then is asked by the server; the order shows it.
const ASKS_MAX = 20;

export function drawDone({ title, total, refunds, found, receipt, orderId, asCredit = false, close }) {
  const list = rows(refunds.map((refund) => drawRefund(refund, found)));
  const codes = h("div", {});
  if (asCredit) showCodes(codes, found.order.id);
  const heading = h("span", { class: "row" }, h("h2", { tabindex: -1 }, title), status("good", t("done")));
  return card(
    heading,
    facts([[t("return_given"), money(total.amount_minor, total.currency)]]),
    refunds.length ? list : null,
    codes,
    h("div", { class: "row" }, [
      receipt ? button({ label: t("return_paper"), kind: "primary", icon: "receipt-text", press: () => showPaper(t("return_paper"), `receipts/${receipt.id}/receipt.html`) }) : null,
      receipt ? null : button({ label: t("look_order"), icon: "package", press: () => screens.show("order", { orderId }) }),
      button({ label: t("to_sale"), press: close }),
    ]),
  );
}

function drawRefund(refund, found) {
  const tender = found.tenders.find((one) => one.payment_id === refund.payment_id);
  const isCash = tender?.method === "cash";
  const state = h("span", {});
  const show = (operation) => {
    const [tone, words] = isCash && operation.status === "succeeded" ? ["good", "refund_cash"] : (ENDED[operation.status] ?? WAITING[operation.status] ?? ["info", "refund_asked"]);
    state.replaceChildren(status(tone, t(words)));
  };
  show(refund);
  if (!ENDED[refund.status]) follow(refund, show, state);
  return h("li", {}, h("span", { class: "strong grow" }, tender ? tenderName(tender) : methodName("other")), h("span", { class: "num" }, money(refund.amount.amount_minor, refund.amount.currency)), state);
}

async function follow(refund, show, state) {
  for (let asked = 0; asked < ASKS_MAX; asked += 1) {
    await api.pause(ASK_MS);
    if (asked && !state.isConnected) return;
    try {
      const operation = await api.get(`operations/${refund.id}/`);
      show(operation);
      if (ENDED[operation.status]) return;
    } catch (problem) {
      if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
    }
  }
}

async function showCodes(part, orderId) {
  try {
    const { results } = await api.get(`orders/${orderId}/vouchers/`);
    const credits = results.filter((one) => one.kind === "store_credit");
    part.replaceChildren(...credits.filter((one) => one.code).map((one) => drawCode(one, "credit_code")));
  } catch (problem) {
    if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
    part.replaceChildren(notice("warn", t("credit_code_later")));
  }
}
