// What happens to this till elsewhere: its shift ended in the back office, its training begun or ended, its drawer over the limit.
import * as api from "./api.js";
import { place, refresh } from "./place.js";
import * as screens from "./screens.js";
import * as socket from "./socket.js";

// Another process of the server may know the old state for a second: it is asked when nothing more was heard for that long.
const SETTLED_MS = 1200;
const HEARD = /^(shift|drawer|register)\./;

export function hearOfThisTill() {
  let asked = null;
  socket.follow([`register:${place.register.id}`], (event) => {
    if (!HEARD.test(event.kind)) return;
    clearTimeout(asked);
    asked = setTimeout(async () => {
      try {
        await refresh();
      } catch (problem) {
        if (!(problem instanceof api.Unreachable) && !(problem instanceof api.Refused)) throw problem;
      }
      screens.refreshBadges();
      // Nothing is typed on this one, so it may be drawn anew under the reader.
      if (screens.currentName() === "training") await screens.show("training");
    }, SETTLED_MS);
  });
}
