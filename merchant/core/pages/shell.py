"""The frame around every staff page: who is signed in, which part of the business is shown, where one can go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from merchant.core.pages.parts import Link


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the rail. `count` is how many things there need a person, never a total."""

    key: str
    label: str
    icon: str
    url: str
    count: int = 0
    is_current: bool = False
    # Below another entry, and only there while one works in that part of the product.
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries of the rail under one title; the first group has none."""

    title: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class ScopeMenu:
    """A choice that every page keeps in its URL: location or channel."""

    label: str
    icon: str
    current: str
    choices: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    name: str
    initials: str
    role: str
    has_single_keys: bool = True


@dataclass(frozen=True, slots=True)
class Shell:
    """
    Everything `base.html` draws. `zone` is an IANA name, `locale` Babel's ("en_GB", "de_DE").

    `live_topics` are what this page listens to on `/ws/staff/`; `live_seq` is the last message already contained in it.
    """

    merchant_name: str
    merchant_mark: str
    merchant_note: str
    navigation: tuple[NavGroup, ...]
    scopes: tuple[ScopeMenu, ...]
    zone: str
    locale: str
    person: Person
    now: datetime
    search_url: str = "/search/"
    inbox_url: str = ""
    inbox_count: int = 0
    live_topics: tuple[str, ...] = ()
    live_seq: int = 0
    is_demo: bool = False
    # Where somebody who works for several merchants chooses another.
    switch_url: str = ""
    # The guide to what this page is about.
    help_url: str = "/help/"

    @property
    def today(self) -> date:
        """The day it is where the page's zone is."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


# Plain "en" would be American: twelve-hour clocks and months first.
_LOCALES = {"en": "en_GB", "sv": "sv_SE", "de": "de_DE"}


def locale_of(language: str) -> str:
    """Return Babel's locale for a language of the interface."""
    return _LOCALES.get(language.split("-")[0].split("_")[0], "en_GB")


def current_locale() -> str:
    """Return Babel's locale for the language this request is answered in."""
    return locale_of(get_language() or settings.LANGUAGE_CODE)


ROLE_NAMES: dict[str, str | Promise] = {
    "owner": _("Owner"),
    "manager": _("Manager"),
    "cashier": _("Cashier"),
    "accountant": _("Accountant"),
    "support": _("Support"),
    "auditor": _("Auditor"),
}


def role_word(role: str) -> str:
    """Return a role in the reader's language."""
    return str(ROLE_NAMES.get(role, role))


# What programs and tills are told in words is told in one language.
FRAGMENT_LANGUAGE = "en"
FRAGMENT_LOCALE = "en_GB"


@dataclass(frozen=True, slots=True)
class FragmentShell:
    """What template tags need to know where there is no page: a fragment is drawn once for all who read it alike."""

    now: datetime
    zone: str
    locale: str = FRAGMENT_LOCALE

    @property
    def today(self) -> date:
        """The day it is in the zone."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class RowShell:
    """What the tags of a row know, which is drawn once a day for all who read it alike. There is no `now` in it: an age cannot be drawn."""

    today: date
    zone: str
    locale: str


# key, words, icon, path. The key is also what a role is allowed to see and what a count is given for.
NAVIGATION: tuple[tuple[str | Promise, tuple[tuple[str, str | Promise, str, str], ...]], ...] = (
    ("", (("home", _("Home"), "house", "/"),)),
    (
        _("Sell"),
        (
            ("orders", _("Orders"), "receipt-text", "/orders/"),
            ("payments", _("Payments"), "credit-card", "/payments/"),
            ("terminals", _("Terminals"), "calculator", "/terminals/"),
            ("links", _("Payment links"), "link", "/payment-links/"),
            ("vouchers", _("Gift cards"), "gift", "/gift-cards/"),
            ("subscriptions", _("Subscriptions"), "repeat", "/subscriptions/"),
        ),
    ),
    (
        _("Money"),
        (
            ("payouts", _("Payouts"), "landmark", "/payouts/"),
            ("reconciliation", _("Reconciliation"), "shuffle", "/reconciliation/"),
            ("imports", _("Imports"), "download", "/imports/"),
            ("disputes", _("Disputes"), "flag", "/disputes/"),
            ("accounting", _("Accounting"), "hand-coins", "/accounting/"),
        ),
    ),
    (
        _("Catalogue"),
        (
            ("products", _("Products & prices"), "tag", "/products/"),
            ("stock", _("Stock"), "package", "/stock/"),
            ("coupons", _("Coupons"), "badge-check", "/coupons/"),
            ("customers", _("Customers"), "users", "/customers/"),
        ),
    ),
    (
        _("Run"),
        (
            ("day_close", _("Day close"), "moon", "/day-close/"),
            ("exports", _("Exports"), "upload", "/exports/"),
            ("reports", _("Reports"), "chart-column", "/reports/"),
            ("gateways", _("Gateways & routing"), "route", "/gateways/"),
            ("staff", _("Staff & roles"), "lock", "/staff/"),
            ("audit", _("Audit log"), "shield-check", "/audit/"),
            ("webhooks", _("Developers"), "webhook", "/developers/"),
            ("settings", _("Settings"), "settings", "/settings/"),
        ),
    ),
)

# Entries that belong to another one: the rail shows them below it while one of the two is open, so that it stays short enough to be read at a glance.
PARTS = {
    "vouchers": "links",
    "imports": "payouts",
    "stock": "products",
    "coupons": "products",
    "exports": "reports",
    "gateways": "settings",
    "audit": "settings",
}

# What fits beside "More" in the tab bar of a phone.
PHONE_TABS = ("home", "payments", "terminals", "orders")


# Entry of the rail -> the guide to it, one of `docs/guides/`.
GUIDES = {
    "home": "first-day",
    "products": "first-day",
    "settings": "first-day",
    "orders": "returns",
    "payments": "unknown-outcome",
    "terminals": "terminal-trouble",
    "day_close": "day-close",
    "imports": "importing-reports",
    "payouts": "importing-reports",
    "reconciliation": "resolving-exceptions",
}


def guide_to(current: str) -> str:
    """Return the address of the guide to an entry of the rail; of the list of all where there is none."""
    return f"/help/{GUIDES[current]}/" if current in GUIDES else "/help/"


def build_navigation(
    *, current: str, allowed: Collection[str], counts: Mapping[str, int], query: str = ""
) -> tuple[NavGroup, ...]:
    """
    Return the rail with only the entries in `allowed`; a group without entries is left out. Each link carries `query`.

    Its words are the reader's. Parts of an entry are there while it or one of them is `current`; else what needs a person in them is counted with it.
    """
    groups = []
    tail = f"?{query}" if query else ""
    opened = PARTS.get(current, current)
    for title, entries in NAVIGATION:
        by_key = {
            key: NavItem(key, str(label), icon, path + tail, counts.get(key, 0), key == current)
            for key, label, icon, path in entries
            if key in allowed
        }
        whole = [item for key, item in by_key.items() if PARTS.get(key) not in by_key]
        items = tuple(item for entry in whole for item in _with_parts(entry, by_key, is_open=entry.key == opened))
        if items:
            groups.append(NavGroup(str(title), items))
    return tuple(groups)


def _with_parts(entry: NavItem, by_key: Mapping[str, NavItem], *, is_open: bool) -> tuple[NavItem, ...]:
    """An entry with its parts below it, or closed over them."""
    parts = [item for key, item in by_key.items() if PARTS.get(key) == entry.key]
    if is_open:
        return (entry, *(replace(part, is_part=True) for part in parts))
    return (replace(entry, count=entry.count + sum(part.count for part in parts)),)


def phone_tabs(navigation: tuple[NavGroup, ...]) -> tuple[NavItem, ...]:
    """Return the entries for the phone's tab bar, in its own order."""
    by_key = {item.key: item for group in navigation for item in group.items}
    return tuple(by_key[key] for key in PHONE_TABS if key in by_key)
