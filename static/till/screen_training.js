// Training: what is practised is counted nowhere. The till shows the word for as long as it lasts; a manager begins and ends it.
import * as api from "./api.js";
import { h } from "./dom.js";
import { button, card, notice, page } from "./parts.js";
import { isTraining, place, refresh } from "./place.js";
import * as screens from "./screens.js";
import { t } from "./words.js";

async function open(part, { close }) {
  await page(part, async (body, again) => {
    if (api.isOnline()) await refresh();
    body.append(
      isTraining() ? notice("warn", t("training_on"), t("training_on_hint")) : notice("info", t("training_off")),
      card(t("training_what"), h("ul", { class: "counter-list" }, ["training_can_sell", "training_can_return", "training_cannot", "training_drawer"].map((key) => h("li", {}, t(key))))),
      card(
        t("training_switch"),
        h("p", {}, t("training_switch_hint")),
        place.shift?.shift ? h("p", { class: "muted" }, t("training_shift_open")) : null,
        h("div", {}, button({ label: t("training_look"), icon: "refresh-cw", press: again })),
      ),
    );
  });
}

screens.register("training", { title: () => t("training_title"), icon: "badge-check", place: "menu", open });
