// What was asked and never answered, because the line broke or the page was reloaded, is asked again with its own key; a person reads what came of it, and the
// till goes on as it would have gone on then.
import { finishUnanswered } from "./acts.js";
import * as api from "./api.js";
import { ask, h } from "./dom.js";
import { isFree } from "./go_on.js";
import { showPaper } from "./papers.js";
import { button, notice } from "./parts.js";
import { place, refresh } from "./place.js";
import * as sales from "./sale.js";
import { drawCode } from "./screen_cards.js";
import * as screens from "./screens.js";
import { t } from "./words.js";

let isAsking = false;

// Now, and whenever the line comes back.
export function finishWhenPossible() {
  api.watchLine((isReachable) => isReachable && finish());
  finish();
}

async function finish() {
  if (isAsking || !place.register) return;
  isAsking = true;
  try {
    const ended = await finishUnanswered();
    if (!ended.length) return;
    for (const one of ended) if (one.answer) await goOnAfter(one);
    await tell(ended);
  } catch (problem) {
    if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
  } finally {
    isAsking = false;
  }
}

// A parked order leaves the screen; one that was taken over, or an exchange with something to pay, comes onto it.
async function goOnAfter({ path, answer }) {
  if (path.endsWith("/parkings/") && sales.sale.order?.id === answer.id) return sales.begin();
  const taken = path.endsWith("/resumptions/") || path === "hand-offs/" ? answer.id : null;
  const exchanged = path.endsWith("exchanges/") && answer.order.open.amount_minor > 0 ? answer.order.id : null;
  const orderId = taken ?? exchanged;
  return orderId && isFree() ? sales.adopt(orderId) : undefined;
}

async function tell(ended) {
  await refresh();
  screens.refreshBadges();
  const papers = ended.map(paperOf).filter(Boolean);
  const shown = await ask(t("finished_title"), (close) => ({
    body: h("div", { class: "stack" }, ended.map(drawEnded)),
    foot: [
      papers.map((paper) => button({ label: paper.title, icon: "receipt-text", press: () => close(paper) })),
      button({ label: t("done"), kind: "primary", press: () => close(null) }),
    ].flat(),
  }));
  if (shown) await showPaper(shown.title, shown.path);
  const name = screens.currentName();
  if (name) await screens.show(name);
}

function drawEnded({ label, answer, refused }) {
  const what = label || t("finished_act");
  if (refused) return notice("bad", t("finished_refused", { what, why: refused.lines.join(" ") }));
  return h("div", { class: "stack" }, notice("good", t("finished_done", { what })), answer.voucher_code ? drawCode({ code: answer.voucher_code, balance: answer.total }, "credit_code") : null);
}

// The paper that would have been printed then.
function paperOf({ path, answer }) {
  const receipt = answer?.receipt ?? answer?.refund_receipt;
  if (receipt) return { title: t("return_paper"), path: `receipts/${receipt.id}/receipt.html` };
  return answer && path.endsWith("/closings/") ? { title: t("closed_print"), path: `closings/${answer.id}/z.html` } : null;
}
