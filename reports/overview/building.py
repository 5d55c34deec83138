"""Home put together: from figures to what is drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.stock.queries import LOW_AT
from merchant.core.callers import Caller, MerchantFacts
from merchant.core.clock import business_date, business_now
from merchant.core.money import Money, rounded_share
from merchant.core.pages.display import day_text, percent_text
from merchant.core.pages.frame import Place, Scope
from merchant.core.pages.parts import Action, FlowBox
from reports.overview import need_queries, needs, queries
from reports.overview.figures import WEEK, Figures
from reports.overview.pages import GatewayRow, HomePage, StoreRow
from reports.overview.queries import Narrowed

# Money that a processor holds on its way to the bank; cash and vouchers never are.
SETTLED_METHODS = ["card_present", "card", "wallet", "bank_transfer", "marketplace"]
# Fewer than this say nothing about how well a gateway works.
_RATE_FROM = 5
_SLOW_BELOW = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at which part of the business, in which language. `stores` are those the person may see."""

    merchant: MerchantFacts
    rights: frozenset[str]
    places: tuple[Place, ...]
    scope: Scope
    locale: str
    stores: frozenset[UUID] | None = None

    @property
    def narrowed(self) -> Narrowed:
        """The part of the business that is looked at."""
        channel_id = self.scope.channel.id if self.scope.channel else None
        if self.scope.store:
            return Narrowed((self.scope.store.id,), channel_id)
        return Narrowed(tuple(self.stores) if self.stores is not None else None, channel_id)

    @property
    def chosen(self) -> dict[str, str]:
        """The store and channel in the address, as links to other pages carry them along."""
        places = {"store": self.scope.store, "channel": self.scope.channel}
        return {name: str(place.id) for name, place in places.items() if place}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.stores is None and not self.scope.store and not self.scope.channel


def look_of(caller: Caller, *, places: tuple[Place, ...], scope: Scope, locale: str) -> Look:
    """Return how `caller` looks at the business."""
    return Look(caller.merchant, caller.rights, places, scope, locale, caller.stores)


def build_home(look: Look) -> HomePage:
    """Return Home with at most seven statements; parts that the person has no right to are left out."""
    merchant = look.merchant
    now = business_now(merchant.id)
    zone = look.scope.store.zone if look.scope.store else merchant.zone
    today = business_date(now, zone=zone, cutoff=merchant.day_cutoff)
    has_figures = "report.read" in look.rights
    day = _day(look, today, now, zone) if has_figures else queries.Day([], [])
    found = need_queries.list_needs(look.narrowed, rights=look.rights, today=today, now=now)
    waiting = needs.need_rows(found, now=now, locale=look.locale, zone=zone)
    currency = merchant.base_currency
    figures = Figures(day, today, currency, look.chosen)
    return HomePage(
        business_date=today,
        compared_with=_("compared with {day}, same hour").format(
            day=day_text(today - WEEK, shape="long", locale=look.locale)
        )
        if has_figures and figures.is_comparable
        else "",
        takings=Money(figures.net(today), currency),
        takings_also=figures.also(),
        takings_url=figures.payments_url(today),
        stats=figures.stats(look.locale),
        points=figures.points(_hour_of(now, today, zone)),
        day_label=_("Today"),
        past_label=day_text(today - WEEK, shape="short", locale=look.locale),
        channels=figures.channels(look.locale),
        needs=waiting,
        needs_count=need_queries.count_rows(found),
        flow=_flow(look, today) if has_figures else (),
        flow_note=_flow_note(merchant),
        stores=_stores(look, figures) if has_figures else (),
        gateways=_gateways(now, today, look.locale) if has_figures and look.is_whole else (),
        export_url="/exports/new/?" + urlencode({"subject": "payments", "date_from": today, "date_to": today})
        if "export.create" in look.rights
        else "",
        actions=(Action(_("Take a payment"), "/payment-links/new/", "plus", "dialog", "primary"),)
        if "link.create" in look.rights
        else (),
        inbox_url="/inbox/",
        has_figures=has_figures,
    )


def _day(look: Look, today: date, now: datetime, zone: str) -> queries.Day:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    elapsed = int((local - datetime.combine(today, datetime.min.time())).total_seconds())
    return queries.get_day(look.narrowed, today=today, past=today - WEEK, elapsed_seconds=elapsed)


def _hour_of(now: datetime, today: date, zone: str) -> int:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return int((local - datetime.combine(today, datetime.min.time())).total_seconds() // 3600)


def _flow(look: Look, today: date) -> tuple[FlowBox, ...]:
    since = today - timedelta(days=queries.FLOW_DAYS)
    rows = _parted(queries.list_flow(look.narrowed, since=since, methods=SETTLED_METHODS))
    boxes = (
        ("authorised", "idle", "contrast", _("Authorised, not captured"), {"status": "authorised"}),
        ("taken", "info", "credit-card", _("Captured, with the processor"), {"money_stage": "taken,settled_short"}),
        ("settled", "info", "layers", _("Settled, not paid out"), {"money_stage": "settled"}),
        ("paid_out", "warn", "clock-fading", _("Paid out, not in the bank"), {"money_stage": "paid_out,short"}),
        ("reconciled", "good", "circle-check", _("Reconciled"), {"money_stage": "reconciled,short"}),
    )
    return tuple(_box(look, rows, since, *box) for box in boxes)


def _parted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Of what was settled short the difference is still with the processor; of a payout that came short what arrived is in the bank, and what is missing of it is not.

    Such payments stand in several boxes, each with its part.
    """
    parted = []
    for row in rows:
        if row["unsettled_minor"]:
            owed = {"stage": "taken", "minor": row["unsettled_minor"], "number": row["unsettled_number"]}
            parted.append({**row, **owed})
            row = {**row, "minor": row["minor"] - row["unsettled_minor"]}
        if row["stage"] == "short":
            arrived = row["minor"] - row["missing_minor"]
            parted += [
                {**row, "stage": "paid_out", "minor": row["missing_minor"]},
                {**row, "stage": "reconciled", "minor": arrived},
            ]
        else:
            parted.append(row)
    return parted


def _flow_note(merchant: MerchantFacts) -> str:
    """What the boxes hold; that it is no real money where only the sandbox pays, whose test payments stand there too."""
    note = _("card payments of the last {days} days, each cent in exactly one box").format(days=queries.FLOW_DAYS)
    return " · ".join((note, _("test money of the sandbox, nothing moves"))) if merchant.is_sandbox else note


def _box(
    look: Look,
    rows: list[dict[str, Any]],
    since: date,
    stage: str,
    tone: str,
    icon: str,
    label: str,
    query: dict[str, str],
) -> FlowBox:
    found = [row for row in rows if row["stage"] == stage]
    number = sum(row["number"] for row in found)
    sums: dict[str, int] = {}
    for row in found:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["minor"]
    if stage != "authorised":
        query = {**query, "status": "captured,partly_refunded,refunded"}
    query = {**query, "method": ",".join(SETTLED_METHODS), "date_from": since.isoformat(), "totals": "1"} | look.chosen
    return FlowBox(
        tone=tone if number else "idle",
        icon=icon,
        label=label,
        amounts=tuple(Money(minor, currency) for currency, minor in sums.items())
        or (Money(0, look.merchant.base_currency),),
        note=ngettext("{number} payment", "{number} payments", number).format(number=number),
        url=f"/payments/?{urlencode(query)}",
    )


def _stores(look: Look, figures: Figures) -> tuple[StoreRow, ...]:
    terminals: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in queries.count_terminals(look.narrowed):
        terminals[row["store_id"]][row["state"]] = row["number"]
    low = queries.count_low_stock(look.narrowed, low_at=LOW_AT)
    rows = []
    for place in look.places:
        if look.scope.store and place.id != look.scope.store.id:
            continue
        takings, first_at = figures.of_store(place.id)
        orders, value = figures.placed(place.id)
        tone, icon, word = _terminals_in_words(terminals.get(place.id, {}))
        rows.append(
            StoreRow(
                name=place.name,
                url=figures.payments_url(figures.today, store=str(place.id)),
                takings=Money(takings, figures.currency),
                orders=orders,
                average=Money(rounded_share(value, 1, orders), figures.currency) if orders else None,
                terminals_tone=tone,
                terminals_icon=icon,
                terminals_word=word,
                first_sale_at=first_at,
                stock_low=low.get(place.id, 0),
                orders_url=figures.orders_url(store=str(place.id)),
                terminals_url=f"/terminals/?{urlencode({'store': place.id})}",
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.takings.minor))


def _terminals_in_words(states: dict[str, int]) -> tuple[str, str, str]:
    """The worst state there is."""
    total = sum(states.values())
    if not total:
        return "idle", "circle-dashed", _("none")
    if number := states.get("unknown"):
        return "warn", "circle-question-mark", _("{number} unknown").format(number=number)
    if number := states.get("offline"):
        return "bad", "wifi-off", _("{number} of {total} offline").format(number=number, total=total)
    if number := states.get("needs_care"):
        return (
            "warn",
            "triangle-alert",
            ngettext("{number} needs care", "{number} need care", number).format(number=number),
        )
    return "good", "circle-check", _("{number} of {total} online").format(number=total, total=total)


def _gateways(now: datetime, today: date, locale: str) -> tuple[GatewayRow, ...]:
    since = today - timedelta(days=queries.FLOW_DAYS - 1)
    return tuple(
        _gateway(row, locale, f"date_from={since}&date_to={today}")
        for row in queries.list_approvals(since=since, today=today, lately=now - timedelta(minutes=60))
    )


def _gateway(row: dict[str, Any], locale: str, days: str) -> GatewayRow:
    usual = 100 * row["approved"] / row["asked"]
    rate_now, health = "—", "idle"
    if asked := row["asked_lately"]:
        rate = 100 * row["approved_lately"] / asked
        is_low = asked >= _RATE_FROM and rate < usual - _SLOW_BELOW
        health = "down" if asked >= _RATE_FROM and rate == 0 else "slow" if is_low else "healthy"
        rate_now = percent_text(rate, locale=locale)
    return GatewayRow(
        name=row["name"],
        used_for=_used_for(row["methods"].split(",")),
        rate_now=rate_now,
        rate_normal=percent_text(usual, locale=locale),
        health=health,
        url=f"/reports/approvals/?by=fact&gateway={row['id']}&{days}",
    )


def _used_for(methods: Iterable[str]) -> str:
    words = {
        "card_present": _("tills"),
        "card": _("online"),
        "wallet": _("wallets"),
        "bank_transfer": _("transfers"),
        "cash": _("cash"),
    }
    return ", ".join(str(words.get(method, method)) for method in sorted(methods))
