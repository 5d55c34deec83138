// The receipt by mail: where to, once, and what became of it.
import { actOnce } from "./acts.js";
import * as api from "./api.js";
import { ask, status } from "./dom.js";
import { button, field, form } from "./parts.js";
import * as sales from "./sale.js";
import { t } from "./words.js";

const LOOKS = 12;
const LOOK_MS = 1500;

// Asks for the address, with the customer's own in the field, and sends.
export async function askAddress(receipt) {
  const { sale } = sales;
  const drawnAt = Date.now();
  await ask(t("receipt_by_mail"), (close) => {
    const email = field({ name: "email", label: t("customer_email"), type: "email", inputmode: "email", maxlength: 254, value: sale.order?.customer?.email || "", hint: t("mail_hint"), isNeeded: true });
    const act = async () => {
      const sent = await actOnce({ name: `mail:${receipt.id}`, path: `receipts/${receipt.id}/mails/`, body: { email: email.value() }, drawnAt, label: t("receipt_by_mail") });
      close(true);
      await note(sale, sent);
      follow(sale, receipt, sent.id);
    };
    const press = button({ label: t("mail_send"), kind: "primary", icon: "send", submits: true });
    return { body: form({ nodes: [email.node], press, act, checked: [email] }), foot: [button({ label: t("cancel"), press: () => close(null) })] };
  });
}

// Until the mail server has taken it or refused it; the receipt's own page shows it afterwards.
async function follow(sale, receipt, id) {
  for (let looked = 0; looked < LOOKS && sale === sales.sale; looked += 1) {
    await api.pause(LOOK_MS);
    try {
      const { results } = await api.get(`receipts/${receipt.id}/mails/`);
      const mail = results.find((row) => row.id === id);
      if (mail && mail.status !== "pending") return note(sale, mail);
      // It could not be handed over yet and is tried again by the server.
      if (mail?.reason) await note(sale, mail);
    } catch (problem) {
      if (!(problem instanceof api.Refused) && !(problem instanceof api.Unreachable)) throw problem;
    }
  }
  return undefined;
}

async function note(sale, mail) {
  if (sale !== sales.sale) return;
  const known = (sale.finished.mails || []).find((row) => row.id === mail.id);
  const rows = (sale.finished.mails || []).filter((row) => row !== known);
  sale.finished.mails = [...rows, { id: mail.id, email: mail.email, status: mail.status, reason: mail.reason, isAgain: mail.is_new === false && mail.status !== "failed" }];
  await sales.keep();
  sales.changed();
}

export function mailLine(mail) {
  if (mail.status === "failed") return status("bad", "octagon-x", t("mail_failed", { email: mail.email }));
  if (mail.isAgain) return status("good", "check-check", t("mail_again", { email: mail.email }));
  if (mail.status === "delivered") return status("good", "circle-check", t("mail_sent", { email: mail.email }));
  return status(mail.reason ? "warn" : "info", "hourglass", t(mail.reason ? "mail_delayed" : "mail_on_its_way", { email: mail.email }));
}
