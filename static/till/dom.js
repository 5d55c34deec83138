// Elements by hand: no template language, no HTML from text.
import { iconAddress } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "i");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconAddress(name));
  drawn.append(use);
  return drawn;
}

export function status(tone, iconName, text) {
  return h("span", { class: `status ${tone}` }, icon(iconName), text);
}

export function notice(tone, iconName, ...lines) {
  return h("div", { class: `notice ${tone}`, role: tone === "bad" ? "alert" : null }, icon(iconName), h("div", {}, lines.filter(Boolean).map((line) => (typeof line === "string" ? h("p", {}, line) : line))));
}

// Replaces what a part shows. Whoever had the focus, by `data-focus`, keeps it; a field with `data-keep` keeps what was typed.
export function draw(part, ...children) {
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[data-focus]")?.dataset.focus : null;
  const typed = [...part.querySelectorAll("[data-keep]")].map((field) => [field.id, field.value]);
  part.replaceChildren(...children.flat(3).filter(Boolean));
  for (const [id, value] of typed) {
    const field = part.querySelector(`#${CSS.escape(id)}`);
    if (!field || !value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input"));
  }
  if (focused) part.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

export function say(text) {
  document.getElementById("till-said").textContent = text;
}

// One dialog at a time. Resolves with what `close` is given, null when it is dismissed.
export function ask(title, build) {
  const dialog = document.getElementById("till-dialog");
  return new Promise((resolve) => {
    let answer = null;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    const { body, foot } = build(close);
    dialog.replaceChildren(
      h("div", { class: "dialog-head" }, h("h2", { id: "till-dialog-title", class: "grow" }, title)),
      h("div", { class: "dialog-body" }, body),
      h("div", { class: "dialog-foot" }, foot),
    );
    dialog.addEventListener("close", () => resolve(answer), { once: true });
    dialog.showModal();
    dialog.querySelector("[autofocus], input, .dialog-foot .primary")?.focus();
  });
}
