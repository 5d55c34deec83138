// Why goods come back: what is said most is one press away, anything else is typed.
import { h } from "./dom.js";
import { field } from "./parts.js";
import { t } from "./words.js";

const USUAL = ["reason_size", "reason_dislike", "reason_faulty", "reason_wrong"];

export function reasonField() {
  const made = field({ name: "reason", label: t("reason"), hint: t("reason_hint"), maxlength: 120, isNeeded: true });
  const chips = h("div", { class: "chips" }, USUAL.map((key) => h("button", { type: "button", class: "btn", onclick: () => made.set(t(key)) }, t(key))));
  made.node.append(chips);
  return made;
}
