// The parts that the screens beside the sale are made of: a page with its title, fields that check themselves, forms that are sent once, buttons that wait.
import * as api from "./api.js";
import { h, icon, notice as drawNotice, status as drawStatus } from "./dom.js";
import { digits, minorOf, money, t, typed } from "./words.js";

const TONES = { good: "circle-check", warn: "triangle-alert", bad: "octagon-x", info: "info", idle: "circle-dashed", back: "undo-2" };

export const notice = (tone, ...lines) => drawNotice(tone, TONES[tone], ...lines);
export const status = (tone, text) => drawStatus(tone, TONES[tone], text);

// Fills a screen's `part`. Without a line it says so in plain words and offers to try again; `fill` gets the part to draw into, and what draws it anew.
// `needs` are words of this screen's own for why it needs the line.
export async function page(part, fill, needs = null) {
  const body = h("div", { class: "counter-body", "data-screen-body": true });
  part.replaceChildren(body);
  const again = async () => {
    body.replaceChildren(h("p", { class: "muted", role: "status" }, t("counter_loading")));
    const drawn = h("div", { class: "stack" });
    try {
      await fill(drawn, again);
      body.replaceChildren(drawn);
    } catch (problem) {
      body.replaceChildren(h("div", { class: "stack" }, needs && problem instanceof api.Unreachable ? notice("warn", ...needs) : problemNotice(problem), button({ label: t("try_again"), icon: "refresh-cw", press: again })));
    }
  };
  await again();
}

// What a person reads when something was not done, or nobody knows whether it was.
export function problemNotice(problem, { isAct = false } = {}) {
  if (problem instanceof api.Refused) return notice("bad", ...problem.lines);
  if (problem instanceof api.Unreachable) return isAct ? notice("warn", t("act_unknown"), t("act_unknown_next")) : notice("warn", t("needs_line"), t("needs_line_next"));
  throw problem;
}

// A button. While what it began has not ended it cannot be pressed again; what went wrong is shown behind it.
export function button({ label, icon: iconName, kind = "", press, submits = false, extra = "", focus = null }) {
  const made = h("button", { class: `btn ${kind} ${extra}`.trim(), type: submits ? "submit" : "button", "data-focus": focus }, iconName ? icon(iconName) : null, h("span", {}, label));
  if (press) made.addEventListener("click", () => wait(made, press));
  return made;
}

async function wait(made, press) {
  if (made.getAttribute("aria-busy")) return;
  made.setAttribute("aria-busy", "true");
  made.nextElementSibling?.matches("[data-said]") && made.nextElementSibling.remove();
  try {
    await press(made);
  } catch (problem) {
    made.after(h("div", { "data-said": true, class: "counter-said" }, problemNotice(problem, { isAct: true })));
  } finally {
    made.removeAttribute("aria-busy");
  }
}

let numbered = 0;

function wrap(input, { label, hint }) {
  const id = `f${(numbered += 1)}`;
  input.id = id;
  const error = h("span", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  const described = hint ? h("span", { class: "hint", id: `${id}-hint` }, hint) : null;
  input.setAttribute("aria-describedby", [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" "));
  const complain = (text) => {
    error.hidden = !text;
    error.textContent = text;
    input.setAttribute("aria-invalid", text ? "true" : "false");
    return !text;
  };
  return { id, input, complain, focus: () => input.focus(), node: h("div", { class: "field" }, h("label", { for: id }, label), input, described, error) };
}

// A field of text. `isNeeded` makes an empty one a mistake.
export function field({ label, hint, isNeeded = false, value = "", ...attributes }) {
  const input = h("input", { autocomplete: "off", ...attributes, value });
  const made = wrap(input, { label, hint });
  return {
    ...made,
    value: () => input.value.trim(),
    set: (text) => { input.value = text; },
    check: () => made.complain(isNeeded && !input.value.trim() ? t("field_needed") : ""),
  };
}

// An amount, typed as people write it. Empty is nothing, unless it is needed; `isWritten` takes 0 too, but only where somebody wrote it.
export function moneyField({ label, hint, currency, value = null, isNeeded = false, isWritten = false, max = null, name }) {
  const shown = value === null ? "" : (value / 10 ** digits(currency)).toFixed(digits(currency));
  const made = field({ name, label: `${label} (${currency})`, hint, inputmode: "decimal", value: shown });
  const minor = () => (made.value() ? minorOf(made.value(), currency) : 0);
  const noAmount = () => t("field_no_amount", { example: typed(12.5 * 10 ** digits(currency), currency) });
  const mistake = () => {
    if (isWritten && !made.value()) return t("field_write_amount");
    if (minor() === null) return noAmount();
    if (isNeeded && minor() === 0) return made.value() ? noAmount() : t("field_needed");
    return max !== null && minor() > max ? t("field_at_most", { amount: money(max, currency) }) : "";
  };
  return { ...made, minor: () => minor() ?? 0, check: () => made.complain(mistake()) };
}

// A choice. With `isNeeded` nothing is chosen beforehand, and somebody has to choose.
export function select({ label, hint, options, value = null, name, isNeeded = false }) {
  const asks = isNeeded && options.length > 0;
  const input = h("select", { name }, asks ? h("option", { value: "" }, t("field_choose")) : null, options.map(([key, text]) => h("option", { value: key }, text)));
  if (value !== null && options.some(([key]) => key === value)) input.value = value;
  const made = wrap(input, { label, hint });
  return { ...made, value: () => input.value, check: () => made.complain(asks && !input.value ? t("field_needed") : "") };
}

export function tick({ label, name, hint = "", isOn = false }) {
  const input = h("input", { type: "checkbox", name, id: `f${(numbered += 1)}` });
  input.checked = isOn;
  const described = hint ? h("span", { class: "hint", id: `${input.id}-hint` }, hint) : null;
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return { input, node: h("div", { class: "field tick" }, input, h("label", { for: input.id }, label), described), checked: () => input.checked };
}

// A number of pieces with − and +.
export function stepper({ label, max, value = 0, changed }) {
  let number = value;
  const shown = h("output", { class: "num strong" }, String(number));
  const set = (next) => {
    number = Math.max(0, Math.min(max, next));
    shown.textContent = String(number);
    less.disabled = number === 0;
    more.disabled = number === max;
    changed(number);
  };
  const one = (sign, words, step) => h("button", { type: "button", class: "btn", "aria-label": `${words} ${label}`, onclick: () => set(number + step) }, sign);
  const less = one("−", t("stepper_less"), -1);
  const more = one("+", t("stepper_more"), 1);
  less.disabled = number === 0;
  more.disabled = number === max;
  return { node: h("div", { class: "counter-stepper", role: "group", "aria-label": label }, less, shown, more), number: () => number, set };
}

// A form that checks its fields, waits for the answer, and says under itself what was refused. `show` may add to what is said.
export function form({ nodes, press, act, checked = [], show = () => [] }) {
  const said = h("div", { class: "stack" });
  const made = h("form", { class: "form", novalidate: true }, nodes, said, h("div", { class: "row" }, press));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (press.getAttribute("aria-busy")) return;
    said.replaceChildren();
    const wrong = checked.filter((one) => !one.check());
    if (wrong.length) return wrong[0].focus();
    press.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (problem) {
      said.replaceChildren(problemNotice(problem, { isAct: true }), ...show(problem).filter(Boolean));
    } finally {
      press.removeAttribute("aria-busy");
    }
  });
  return made;
}

export function card(title, ...children) {
  return h("section", { class: "card" }, h("header", {}, title instanceof Node ? title : h("h2", {}, title)), h("div", { class: "body stack" }, children));
}

export function facts(rows) {
  return h("dl", { class: "amounts" }, rows.filter(Boolean).map(([name, value]) => [h("dt", {}, name), h("dd", { class: "num" }, value)]));
}

export const rows = (items) => h("ul", { class: "counter-rows" }, items);

// Puts something else in the place of the whole screen below its title; the focus goes to its heading, or its first field.
export function swap(inside, node) {
  inside.closest("[data-screen-body]").replaceChildren(node);
  const first = node.querySelector("h2[tabindex]") || node.querySelector("input, select, button");
  first?.focus();
}
