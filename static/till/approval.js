// Four eyes at the counter: what the till may not do alone, somebody with the right allows with a PIN, or in the back office.
import * as api from "./api.js";
import { ask, h } from "./dom.js";
import { button, field, form, notice, problemNotice, select } from "./parts.js";
import { money, t } from "./words.js";

const ASK_EVERY_MS = 3000;

// Does `act(approvalId)`; where it needs somebody else, asks for that on the screen and does it again. Null if nobody allowed it.
export async function withApproval(act, reason) {
  try {
    return await act(null);
  } catch (problem) {
    if (!(problem instanceof api.Refused) || problem.code !== "approval_needed") throw problem;
    const approvalId = await askSomebody(problem, reason);
    return approvalId ? act(approvalId) : null;
  }
}

async function askSomebody(problem, reason) {
  const { right, subject, amount, store_id } = problem.data;
  const body = { right, subject, amount: amount ?? null, reason: reason || t("approval_reason"), store_id: store_id ?? null };
  const approval = await api.post("approvals/", body);
  return ask(t("approval_title"), (close) => drawApproval(close, problem, approval));
}

function drawApproval(close, problem, approval) {
  const people = (problem.data.approvers ?? []).filter((one) => one.has_pin);
  const { amount } = problem.data;
  const said = h("div", {});
  const body = h(
    "div",
    { class: "stack" },
    h("p", {}, problem.message),
    amount ? h("p", { class: "strong" }, t("approval_up_to", { amount: money(amount.amount_minor, amount.currency) })) : null,
    people.length ? pinForm(close, people, approval) : notice("warn", t("approval_nobody")),
    said,
    h("p", { class: "hint" }, t("approval_elsewhere")),
  );
  waitForDesk(approval.id, said, close);
  return { body, foot: [button({ label: t("cancel"), press: () => close(null) })] };
}

function pinForm(close, people, approval) {
  const who = select({ name: "approver", label: t("approval_who"), options: people.map((one) => [one.id, one.name]) });
  const pin = field({ name: "pin", label: t("approval_pin"), type: "password", inputmode: "numeric", maxlength: 8, isNeeded: true });
  const act = async () => {
    try {
      await api.post(`approvals/${approval.id}/pin-grants/`, { member_id: who.value(), pin: pin.value() });
    } catch (problem) {
      pin.set("");
      pin.focus();
      throw problem;
    }
    close(approval.id);
  };
  const press = button({ label: t("approval_grant"), kind: "primary", icon: "user-check", submits: true });
  return form({ nodes: [who.node, pin.node], press, act, checked: [pin] });
}

const WORDS = { refused: "approval_refused", expired: "approval_expired", used: "approval_used" };

// Somebody may also say yes or no in the back office. It ends with the dialog.
async function waitForDesk(approvalId, said, close) {
  await api.pause(ASK_EVERY_MS);
  while (said.isConnected && document.getElementById("till-dialog").open) {
    try {
      const { status } = await api.get(`approvals/${approvalId}/`);
      if (status === "granted") return close(approvalId);
      if (status !== "asked") return said.replaceChildren(notice("bad", t(WORDS[status])));
    } catch (problem) {
      said.replaceChildren(problemNotice(problem));
    }
    await api.pause(ASK_EVERY_MS);
  }
}
