// The door: a code from the back office makes this tablet a till.
import * as api from "./api.js";
import { h, icon, notice } from "./dom.js";
import * as store from "./store.js";
import { language, t } from "./words.js";

// The QR code holds an address with the code behind "#".
const codeOf = (text) => text.trim().split("#").pop().replace(/[\s-]/g, "");

// Another tablet sells at this till: who, since when, and what two of them do without a line. Nothing is forbidden.
function tellOfOthers(part, { other_tablets: others, register, store: shop }) {
  return new Promise((resolve) => {
    const go = h("button", { type: "button", class: "btn primary", onclick: resolve }, icon("arrow-right"), t("sell_here"));
    const since = (moment) => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short", timeZone: shop.zone }).format(new Date(moment));
    const body = [
      notice("info", "info", h("p", {}, h("b", {}, t("paired_beside")))),
      h("ul", {}, others.map((other) => h("li", {}, t("sells_too", { tablet: other.name, since: since(other.paired_at) })))),
      h("p", {}, t("same_numbers")),
      h("p", { class: "muted" }, t("if_it_replaces")),
      go,
    ];
    part.replaceChildren(
      h("main", { class: "till-door", id: "content", tabindex: "-1" }, h("div", { class: "card" }, h("header", {}, h("h1", {}, `${register.name}, ${shop.name}`)), h("div", { class: "body stack" }, body))),
    );
    go.focus();
  });
}

// Draws the door into `part` and resolves once the tablet is paired.
export function openDoor(part, { reason = "" } = {}) {
  return new Promise((resolve) => {
    const problem = h("div", { class: "notices" }, reason ? notice("warn", "triangle-alert", reason) : null);
    const code = h("input", { id: "pair-code", name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true, maxlength: 200, "aria-describedby": "pair-hint" });
    const named = h("input", { id: "pair-name", name: "device_name", required: true, maxlength: 60, value: t("counter_tablet") });
    const press = h("button", { class: "btn primary", type: "submit" }, icon("link"), t("pair"));
    const form = h(
      "form",
      { class: "form" },
      problem,
      h("div", { class: "field" }, h("label", { for: "pair-code" }, t("pairing_code")), code, h("p", { class: "hint", id: "pair-hint" }, t("pairing_hint"))),
      h("div", { class: "field" }, h("label", { for: "pair-name" }, t("tablet_name")), named),
      press,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (press.getAttribute("aria-busy") === "true") return;
      press.setAttribute("aria-busy", "true");
      try {
        const paired = await api.post("pairing/", { code: codeOf(code.value), device_name: named.value.trim() });
        await store.put("token", paired.token);
        if (paired.other_tablets.length) await tellOfOthers(part, paired);
        resolve(paired.token);
      } catch (error) {
        if (!(error instanceof api.Refused) && !(error instanceof api.Unreachable)) throw error;
        problem.replaceChildren(notice("bad", "octagon-x", ...(error.lines || [error.message])));
        press.removeAttribute("aria-busy");
        code.focus();
      }
    });
    part.replaceChildren(
      h("main", { class: "till-door", id: "content", tabindex: "-1" }, h("div", { class: "card" }, h("header", {}, h("span", { class: "till-mark", "aria-hidden": "true" }, "T"), h("h1", {}, t("pair_title"))), h("div", { class: "body" }, form))),
    );
    code.focus();
  });
}
