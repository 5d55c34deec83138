// Who works by keyboard stays where they are when the part of the page they are in is drawn anew.
(() => {
  const reachable = "a[href], button, summary, input, select, textarea, [tabindex]";
  const within = (part) => [...part.querySelectorAll(reachable)];

  // What stands for `focused` in `part`: its own name, else what leads to the same, else what is at its place now.
  const twinOf = (focused, part, place) => {
    const name = focused.id ? `#${CSS.escape(focused.id)}` : focused.dataset.focus && `[data-focus="${CSS.escape(focused.dataset.focus)}"]`;
    const named = name && part.querySelector(name);
    if (named) return named;
    const there = within(part);
    const does = (one) => [one.tagName, one.getAttribute("href"), one.name, one.value].join(" ");
    const alike = there.filter((one) => does(one) === does(focused));
    const distance = (one) => Math.abs(there.indexOf(one) - place);
    return alike.sort((one, other) => distance(one) - distance(other))[0] || there[Math.min(place, there.length - 1)];
  };

  // Remembers where the focus is; what it returns puts it back there, if it was lost meanwhile.
  window.holdFocus = () => {
    const focused = document.activeElement;
    const parts = [];
    for (let part = focused?.parentElement; part && part !== document.body; part = part.parentElement) {
      if (part.id) parts.push([part.id, within(part).indexOf(focused)]);
    }
    return () => {
      if (document.activeElement !== document.body || !focused || focused.isConnected) return;
      for (const [id, place] of parts) {
        const part = document.getElementById(id);
        const twin = part && twinOf(focused, part, place);
        if (!twin) continue;
        twin.focus({ preventScroll: true });
        return;
      }
    };
  };

  let back = null;
  document.addEventListener("htmx:beforeSwap", () => { back = window.holdFocus(); });
  document.addEventListener("htmx:afterSwap", () => back?.());
})();
