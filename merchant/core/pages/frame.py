"""
Build the shell of a staff page: who asks, what they may open, which part of the business is shown.

Places and counts belong to slices above; they are registered here at start-up and remembered for a few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from merchant.core.callers import SIGNED_IN, Caller
from merchant.core.clock import machine_now
from merchant.core.errors import NotFound
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Link
from merchant.core.pages.shell import Person, ScopeMenu, Shell, build_navigation, guide_to, locale_of, role_word

# 5 s: a renamed store or a new exception shows before anybody looks twice, and a page costs no statement for them.
_CACHE_SECONDS = 5.0

# Entry of the rail -> the right its page needs. An entry that is not here has no page yet.
RAIL_RIGHTS = {
    "home": SIGNED_IN,
    "orders": "order.read",
    "payments": "payment.read",
    "terminals": "terminal.read",
    "links": "link.read",
    "vouchers": "voucher.read",
    "payouts": "settlement.read",
    "reconciliation": "reconciliation.read",
    "imports": "settlement.read",
    "disputes": "dispute.read",
    "accounting": "ledger.read",
    "products": "catalog.read",
    "stock": "stock.read",
    "coupons": "catalog.read",
    "customers": "customer.read",
    "day_close": "shift.read",
    "gateways": "gateway.read",
    "exports": "export.create",
    "reports": "report.read",
    "staff": "staff.read",
    "audit": "audit.read",
    "webhooks": "webhook.read",
    "settings": "store.read",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A store or a channel as a scope menu offers it."""

    id: UUID
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Places:
    """All of a merchant's stores and channels, by name."""

    stores: tuple[Place, ...] = ()
    channels: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the business a page shows: one store or all the caller sees, one channel or all."""

    store: Place | None = None
    channel: Place | None = None

    @property
    def query(self) -> str:
        """What links carry along, "" for everything."""
        chosen = {"store": self.store, "channel": self.channel}
        return urlencode({name: str(place.id) for name, place in chosen.items() if place})


_sources: dict[str, Callable[..., Any]] = {
    "places": lambda: Places(),
    "counts": lambda caller: {},
    "merchants": lambda caller: 1,
}
_remembered: dict[tuple[Any, ...], tuple[float, Any]] = {}


def places_from(source: Callable[[], Places]) -> None:
    """Register what lists the stores and channels of the merchant in scope."""
    _sources["places"] = source


def counts_from(source: Callable[[Caller], Mapping[str, int]]) -> None:
    """Register what counts, per entry of the rail, the things that need a person."""
    _sources["counts"] = source


def merchants_from(source: Callable[[Caller], int]) -> None:
    """Register what counts the merchants a person works for."""
    _sources["merchants"] = source


def forget() -> None:
    """Ask again for everything that is remembered."""
    _remembered.clear()


def places_of(caller: Caller) -> Places:
    """Return the stores the caller may see and all channels."""
    found: Places = _recalled(("places", caller.merchant_id), _sources["places"])
    if caller.stores is None:
        return found
    return Places(tuple(place for place in found.stores if place.id in caller.stores), found.channels)


def scope_of(request: HttpRequest, caller: Caller) -> Scope:
    """
    Return the part of the business named in the address.

    :raises NotFound: for a store or channel the caller does not see.
    """
    places = places_of(caller)
    return Scope(
        _chosen(request.GET.get("store", ""), places.stores), _chosen(request.GET.get("channel", ""), places.channels)
    )


def build_shell(
    request: HttpRequest, caller: Caller, *, current: str, live_topics: tuple[str, ...] = (), live_seq: int = 0
) -> Shell:
    """Return everything `base.html` draws around the page of the rail's entry `current`."""
    merchant, places, scope = caller.merchant, places_of(caller), scope_of(request, caller)
    counts = _recalled(("counts", caller.id), lambda: _sources["counts"](caller))
    merchants = _recalled(("merchants", caller.user_id), lambda: _sources["merchants"](caller))
    allowed = {key for key, right in RAIL_RIGHTS.items() if caller.has_right(right)}
    return Shell(
        merchant_name=merchant.name,
        merchant_mark=mark_of(merchant.name),
        merchant_note=_("Sandbox, no real money") if merchant.is_sandbox else "",
        navigation=build_navigation(current=current, allowed=allowed, counts=counts, query=scope.query),
        scopes=_menus(Here.of(request), places, scope),
        zone=scope.store.zone if scope.store else merchant.zone,
        locale=locale_of(get_language() or merchant.locale),
        person=Person(
            name=caller.name,
            initials=mark_of(caller.name),
            role=role_word(caller.role),
            has_single_keys=caller.has_single_keys,
        ),
        now=machine_now(),
        inbox_url="/inbox/",
        inbox_count=counts.get("home", 0),
        live_topics=live_topics,
        live_seq=live_seq,
        is_demo=merchant.is_sandbox,
        help_url=guide_to(current),
        switch_url=reverse("accounts_pages:merchant-switch") if merchants > 1 else "",
    )


def _menus(here: Here, places: Places, scope: Scope) -> tuple[ScopeMenu, ...]:
    menus = []
    for name, label, icon, everything, choices, chosen in (
        ("store", _("Location"), "store", _("All locations"), places.stores, scope.store),
        ("channel", _("Channel"), "globe", _("All channels"), places.channels, scope.channel),
    ):
        if len(choices) > 1:
            links = (
                Link(everything, here.url(**{name: None})),
                *(Link(place.name, here.url(**{name: str(place.id)})) for place in choices),
            )
            menus.append(ScopeMenu(label, icon, chosen.name if chosen else everything, links))
    return tuple(menus)


def _chosen(text: str, places: tuple[Place, ...]) -> Place | None:
    if not text:
        return None
    for place in places:
        if str(place.id) == text:
            return place
    raise NotFound()


def mark_of(name: str) -> str:
    """Return the one or two letters that stand for a name."""
    words = [word for word in name.replace("@", " ").split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _recalled(key: tuple[Any, ...], source: Callable[[], Any]) -> Any:
    expires, found = _remembered.get(key, (0.0, None))
    if time.monotonic() >= expires:
        found = source()
        if len(_remembered) > 2_000:
            _remembered.clear()
        _remembered[key] = (time.monotonic() + _CACHE_SECONDS, found)
    return found
