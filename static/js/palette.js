// ⌘K or Ctrl K: one field that finds what is pasted and leads to pages and acts. Without script the field of the rail leads to the search page.
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = document.getElementById("palette-input");
  const list = document.getElementById("palette-list");
  const status = palette.querySelector("[role='status']");

  // Long enough that a pasted number is one question, short enough that nobody waits for it.
  const pauseMs = 60;
  let timer = null;
  let asked = null;
  let answered = null;
  let opensFirst = false;
  let opener = null;

  const options = () => [...list.querySelectorAll("[role='option']")];
  const chosen = () => list.querySelector("[aria-selected='true']");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  const go = (option) => {
    if (option) option.click();
    else location.assign(`${palette.dataset.search}?q=${encodeURIComponent(input.value.trim())}`);
  };

  const show = (text, html) => {
    answered = text;
    list.innerHTML = html;
    list.dataset.answers = text;
    choose(options()[0]);
    // "Search everywhere" is a way on and no hit.
    const number = options().filter((option) => option.id !== "palette-everywhere").length;
    status.textContent = number === 1 ? status.dataset.one : status.dataset.many.replace("%s", number);
    // An answer to less than what is typed by now opens nothing.
    if (opensFirst && text === input.value.trim()) go(options()[0]);
  };

  const ask = async () => {
    const text = input.value.trim();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${palette.dataset.url}?q=${encodeURIComponent(text)}`, {
        headers: { "HX-Request": "true" }, signal: asked.signal,
      });
      if (!answer.ok || answer.headers.get("HX-Redirect")) throw new Error(String(answer.status));
      show(text, await answer.text());
    } catch (error) {
      if (error.name === "AbortError") return;
      list.replaceChildren();
      answered = null;
      status.textContent = status.dataset.failed;
      if (opensFirst) go(null);
    }
  };

  const open = (text) => {
    if (palette.open || document.querySelector("dialog[open]")) return;
    opener = document.activeElement;
    input.value = text;
    opensFirst = false;
    palette.showModal();
    input.focus();
    input.select();
    ask();
  };

  const step = (by) => {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };

  input.addEventListener("input", () => {
    opensFirst = false;
    clearTimeout(timer);
    timer = setTimeout(ask, pauseMs);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      // Enter right after a paste waits for the answer to what was pasted.
      if (answered === input.value.trim()) go(chosen());
      else opensFirst = true;
    }
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role='option']");
    if (option && option !== chosen()) choose(option);
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette || event.target.closest("[role='option']")) palette.close();
  });
  palette.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
    if (opener?.isConnected) opener.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (palette.open) palette.close();
    else open("");
  });
  document.addEventListener("palette", () => open(""));
  for (const field of document.querySelectorAll(".find input")) {
    field.addEventListener("click", () => open(field.value));
  }
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const nameKeys = (part) => {
    for (const key of part.querySelectorAll("[data-palette-key]")) key.textContent = isMac ? "⌘K" : "Ctrl K";
    for (const key of part.querySelectorAll("[data-send-key]")) key.textContent = isMac ? "⌘↵" : "Ctrl ↵";
  };
  nameKeys(document);
  document.addEventListener("htmx:load", (event) => nameKeys(event.detail.elt));
})();
