// Papers of the counter: an X, a Z, a receipt, shown as they were made and sent to this tablet's printer.
import * as api from "./api.js";
import { ask, h } from "./dom.js";
import { button } from "./parts.js";
import { t } from "./words.js";

// Shows the paper at `path` of the API and offers to print it. It carries its own styles, so it is a page of its own inside the dialog.
export async function showPaper(title, path) {
  return showPage(title, await api.getText(path));
}

// The same for a page that was made here. `printed` is called when it goes to the printer, which it does once: what follows is a copy, drawn anew.
export function showPage(title, page, printed = null) {
  return ask(title, (close) => {
    const frame = h("iframe", { class: "counter-paper", title, srcdoc: page });
    return {
      body: frame,
      foot: [
        button({ label: t("close"), press: () => close(null) }),
        button({ label: t("paper_print"), kind: "primary", icon: "receipt-text", press: async (made) => {
          if (printed) made.disabled = true;
          await printed?.();
          frame.contentWindow.print();
        } }),
      ],
    };
  });
}

// A receipt that was made before is printed as a copy, and counted as one.
export async function printReceipt(title, receiptId) {
  const { files } = await api.post(`receipts/${receiptId}/prints/`, {});
  return showPaper(title, files.html.replace("/api/v1/", ""));
}
