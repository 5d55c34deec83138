"""The frame around every staff page: who is signed in, which part of the business is shown, where one can go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from merchant.core.pages.parts import Link


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the rail. `count` is how many things there need a person, never a total."""

    key: str
    label: str | Promise
    icon: str
    url: str
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries of the rail under one title; the first group has none."""

    title: str | Promise
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
    profile_url: str = ""


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


# Plain "en" would be American: twelve-hour clocks and months first.
_LOCALES = {"en": "en_GB", "sv": "sv_SE", "de": "de_DE"}


def locale_of(language: str) -> str:
    """Return Babel's locale for a language of the interface."""
    return _LOCALES.get(language.split("-")[0].split("_")[0], "en_GB")


def current_locale() -> str:
    """Return Babel's locale for the language this request is answered in."""
    return locale_of(get_language() or settings.LANGUAGE_CODE)


# What is drawn once for everybody who sees it has one language.
FRAGMENT_LOCALE = "en_GB"


@dataclass(frozen=True, slots=True)
class FragmentShell:
    """What template tags need to know where there is no page: a fragment is drawn once for everybody who sees it."""

    now: datetime
    zone: str
    locale: str = FRAGMENT_LOCALE


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
            ("stock", _("Products & stock"), "package", "/stock/"),
            ("coupons", _("Coupons"), "tag", "/coupons/"),
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
            ("webhooks", _("Developers"), "webhook", "/webhook-log/"),
            ("settings", _("Settings"), "settings", "/settings/"),
        ),
    ),
)

# What fits beside "More" in the tab bar of a phone.
PHONE_TABS = ("home", "payments", "terminals", "orders")


def build_navigation(
    *, current: str, allowed: Collection[str], counts: Mapping[str, int], query: str = ""
) -> tuple[NavGroup, ...]:
    """Return the rail with only the entries in `allowed`; a group without entries is left out. Each link carries `query`."""
    groups = []
    tail = f"?{query}" if query else ""
    for title, entries in NAVIGATION:
        items = tuple(
            NavItem(key, label, icon, path + tail, counts.get(key, 0), key == current)
            for key, label, icon, path in entries
            if key in allowed
        )
        if items:
            groups.append(NavGroup(title, items))
    return tuple(groups)


def phone_tabs(navigation: tuple[NavGroup, ...]) -> tuple[NavItem, ...]:
    """Return the entries for the phone's tab bar, in its own order."""
    by_key = {item.key: item for group in navigation for item in group.items}
    return tuple(by_key[key] for key in PHONE_TABS if key in by_key)
