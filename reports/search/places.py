"""
Pages and acts that the palette leads to. What has a table of its own (the rail, settings, reports, guides) is taken from there; of the rest one line each:
words, address, icon, the right it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from merchant.core.callers import SIGNED_IN, Caller
from merchant.core.pages.frame import RAIL_RIGHTS
from merchant.core.pages.shell import NAVIGATION
from merchant.merchants.settings_pages import SETTINGS_PAGES
from reports.help.guides import list_guides
from reports.kpis.definitions import REPORTS


@dataclass(frozen=True, slots=True)
class Place:
    """A page or an act by name. `words` are what else it is looked for by; `needs_all_stores`: not for people of some stores."""

    label: str | Promise
    url: str
    icon: str
    right: str
    shortcut: str = ""
    needs_all_stores: bool = False
    words: str | Promise = ""

    def is_for(self, caller: Caller) -> bool:
        """Whether the caller may go there."""
        return caller.has_right(self.right) and not (self.needs_all_stores and caller.stores is not None)


ACTS = (
    Place(_("Take a payment"), "/payment-links/new/", "plus", "link.create"),
    Place(_("Order by telephone"), "/orders/new/", "phone", "checkout.create", needs_all_stores=True),
    Place(_("Import a report or a bank statement"), "/imports/", "download", "settlement.import"),
    Place(_("Export"), "/exports/new/", "upload", "export.create"),
    Place(_("Open a shift"), "/day-close/open/", "moon", "shift.manage"),
    Place(_("Announce a delivery"), "/stock/deliveries/new/", "truck", "stock.manage"),
    Place(_("Send stock to another store"), "/stock/transfers/new/", "shuffle", "stock.manage"),
    Place(_("Count stock"), "/stock/counts/new/", "package", "stock.receive"),
    Place(_("Make a coupon"), "/coupons/new/", "tag", "catalog.manage"),
    Place(_("Pair a terminal"), "/terminals/new/", "calculator", "terminal.manage"),
    Place(_("Close a period"), "/accounting/periods/close/", "lock", "accounting.close"),
)
PAGES = (
    Place(_("Needs you"), "/inbox/", "bell", SIGNED_IN),
    Place(_("Outcomes nobody knows"), "/payments/unresolved/", "circle-question-mark", "payment.read"),
    Place(_("Pick and collect"), "/pickups/", "package", "order.read"),
    Place(_("Open carts"), "/carts/", "shopping-bag", "order.read"),
    Place(_("Parked"), "/parked/", "hourglass", "order.read"),
    Place(_("Approvals"), "/approvals/", "check-check", "approval.read"),
    Place(_("Exceptions"), "/reconciliation/exceptions/", "equal-not", "reconciliation.read"),
    Place(_("Match rules"), "/reconciliation/rules/", "settings", "reconciliation.read"),
    Place(_("Fees"), "/fees/", "hand-coins", "settlement.read"),
    Place(_("Closed periods"), "/accounting/periods/", "lock", "ledger.read"),
    Place(_("Account numbers"), "/accounting/accounts/", "layers", "ledger.read"),
    Place(_("Deliveries"), "/stock/deliveries/", "truck", "stock.read"),
    Place(_("Transfers"), "/stock/transfers/", "shuffle", "stock.read"),
    Place(_("Stock counts"), "/stock/counts/", "package", "stock.read"),
    Place(_("Offline sales"), "/offline/", "wifi-off", "payment.read"),
    Place(_("Export schedules"), "/exports/schedules/", "repeat", "export.create"),
    Place(_("API keys"), "/api-keys/", "key-round", "key.manage"),
    Place(_("Tablets"), "/settings/tablets/", "smartphone", "device.read"),
    Place(_("Discount limits"), "/settings/discounts/", "tag", "store.read"),
    Place(_("Exchange rates"), "/settings/exchange-rates/", "shuffle", "ledger.read"),
    Place(_("Signs with a QR code"), "/signs/", "link", "link.read"),
    Place(_("Z reports as a file"), "/exports/new/?subject=closings", "upload", "export.create"),
    Place(_("Key figures"), "/reports/kpis/", "chart-column", "report.read", words=_("KPI, indicators, conversion, retention, approval rate, downtime")),
    Place(_("Reports beside the books"), "/reports/bridge/", "chart-column", "settlement.read"),
    Place(_("Feedback"), "/feedback/", "badge-check", "order.read"),
    Place(_("Damaged goods"), "/stock/damaged/", "package", "stock.read"),
    Place(_("Payouts that are due"), "/payouts/due/", "landmark", "settlement.read"),
    Place(_("Fee contracts"), "/fees/contracts/", "hand-coins", "settlement.read"),
    Place(_("Bank and processor accounts"), "/imports/accounts/", "landmark", "settlement.read"),
    Place(_("Bank transfers"), "/transfers/", "landmark", "reconciliation.read"),
    Place(_("Request log"), "/developers/requests/", "webhook", "request.read"),
    Place(_("Events"), "/developers/events/", "webhook", "request.read"),
    Place(_("Events of processors"), "/gateway-events/", "webhook", "webhook.read"),
    Place(_("Guides"), "/help/", "info", SIGNED_IN, words=_("Help, how to")),
)  # fmt: skip
# What else entries of the rail are looked for by.
_WORDS = {
    "day_close": _("Z report, X report, closing, shift, cash drawer"),
    "reports": _("Statistics, turnover"),
    "payouts": _("Settlement, bank"),
    "products": _("Articles, catalogue"),
    "webhooks": _("Webhooks, API, request log"),
    "staff": _("Employees, rights, users"),
    "gateways": _("Payment providers, routes"),
}
# G and then this letter leads there; the letters are those of `shortcuts.js`.
_KEYS = {"home": "G H", "orders": "G O", "payments": "G P", "terminals": "G T", "reconciliation": "G R"}


def list_first() -> tuple[Place, ...]:
    """Return the entries of the rail and the pages below them: what is shown before anything is typed."""
    rail = tuple(
        Place(label, path, icon, RAIL_RIGHTS[key], _KEYS.get(key, ""), words=_WORDS.get(key, ""))
        for _title, entries in NAVIGATION
        for key, label, icon, path in entries
        if key in RAIL_RIGHTS
    )
    return rail + PAGES


def list_pages() -> tuple[Place, ...]:
    """Return every page that has a name, each address once: the first ones, settings, reports and guides."""
    settings = (
        Place(entry.title, entry.url, entry.icon, entry.right, words=entry.text)
        for group in SETTINGS_PAGES
        for entry in group.entries
    )
    reports = (
        Place(
            report.title,
            f"/reports/{report.name}/",
            "chart-column",
            report.right,
            needs_all_stores=report.needs_all_stores,
            words=format_lazy("{} {}", _("Report"), report.note),
        )
        for report in REPORTS.values()
    )
    guides = (
        Place(
            guide.title,
            f"/help/{guide.slug}/",
            "info",
            SIGNED_IN,
            words=format_lazy("{} {}", _("Guide"), guide.summary),
        )
        for guide in list_guides(language=(get_language() or "en").split("-")[0])
    )
    by_url: dict[str, Place] = {}
    for place in (*list_first(), *settings, *reports, *guides):
        by_url.setdefault(place.url, place)
    return tuple(by_url.values())


def matching(places: Iterable[Place], text: str, caller: Caller) -> list[Place]:
    """Return the places the caller may go to that are known by every word of `text`: those whose name begins with it, then by their name, then by what else is said of them."""
    words = text.casefold().split()
    found = []
    for place in places:
        name = str(place.label).casefold()
        known = f"{name} {str(place.words).casefold()}"
        if place.is_for(caller) and all(word in known for word in words):
            rank = 0 if name.startswith(text.casefold()) else 1 if all(word in name for word in words) else 2
            found.append((rank, place))
    return [place for _rank, place in sorted(found, key=lambda pair: pair[0])]
