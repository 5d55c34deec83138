// A scanner is a keyboard that types faster than anybody and ends with Enter.
const GAP_MS = 40;
const LENGTH_MIN = 4;

// Calls `scanned` with what a scanner typed while nobody is in a field.
export function listenToScanner(scanned) {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const isFast = event.timeStamp - last < GAP_MS;
    last = event.timeStamp;
    if (event.key === "Enter" && isFast && typed.length >= LENGTH_MIN) {
      event.preventDefault();
      scanned(typed);
      typed = "";
    } else if (event.key.length === 1) typed = isFast ? typed + event.key : event.key;
  });
}
