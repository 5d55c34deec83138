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

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.stock.queries import LOW_AT
from merchant.core.callers import Caller, MerchantFacts
from merchant.core.clock import business_date, business_now
from merchant.core.money import Money, rounded_share
from merchant.core.pages.display import count_text, day_text, percent_text
from merchant.core.pages.frame import Place, Scope
from merchant.core.pages.parts import Action, FlowBox, Stat
from reports.overview import needs, queries
from reports.overview.charts import TakingsPoint
from reports.overview.pages import ChannelShare, GatewayRow, HomePage, StoreRow
from reports.overview.queries import Narrowed

# Money that a processor holds on its way to the bank; cash and vouchers never are.
CARD_METHODS = ["card_present", "card", "wallet", "bank_transfer"]
_WEEK = timedelta(days=7)
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
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.stores is None and not self.scope.store and not self.scope.channel


def look_of(caller: Caller, *, places: tuple[Place, ...], scope: Scope, locale: str) -> Look:
    """Return how `caller` looks at the business."""
    return Look(caller.merchant, caller.rights, places, scope, locale, caller.stores)


def build_home(look: Look) -> HomePage:
    """Return Home with at most eight statements; parts that the person has no right to are left out."""
    merchant = look.merchant
    now = business_now(merchant.id)
    zone = look.scope.store.zone if look.scope.store else merchant.zone
    today = business_date(now, zone=zone, cutoff=merchant.day_cutoff)
    has_figures = "report.read" in look.rights
    rows = _takings(look, today, now, zone) if has_figures else []
    found = queries.list_needs(look.narrowed, rights=look.rights, today=today, now=now)
    waiting = needs.need_rows(found, now=now, locale=look.locale, zone=zone)
    currency = merchant.base_currency
    figures = _Figures(rows, today, currency)
    return HomePage(
        business_date=today,
        compared_with=_("compared with {day}, same hour").format(
            day=day_text(today - _WEEK, shape="long", locale=look.locale)
        )
        if has_figures and figures.is_comparable
        else "",
        takings=Money(figures.net(today), currency),
        takings_also=figures.also(),
        stats=figures.stats(look.locale),
        points=figures.points(_hour_of(now, today, zone)),
        day_label=_("Today"),
        past_label=day_text(today - _WEEK, shape="short", locale=look.locale),
        channels=figures.channels(look.locale),
        needs=waiting,
        needs_count=queries.count_rows(found),
        flow=_flow(look, today) if has_figures else (),
        flow_note=_("card payments of the last {days} days, each in exactly one box").format(days=queries.FLOW_DAYS),
        stores=_stores(look, figures) if has_figures else (),
        gateways=_gateways(now, look.locale) if has_figures and look.is_whole else (),
        export_url="/exports/new/?" + urlencode({"subject": "payments", "date_from": today, "date_to": today})
        if "export.create" in look.rights
        else "",
        actions=(Action(_("Take a payment"), "/payment-links/new/", "plus", "dialog", "primary"),)
        if "link.create" in look.rights
        else (),
        has_figures=has_figures,
    )


def _takings(look: Look, today: date, now: datetime, zone: str) -> list[dict[str, Any]]:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    elapsed = int((local - datetime.combine(today, datetime.min.time())).total_seconds())
    return queries.list_takings(look.narrowed, today=today, past=today - _WEEK, elapsed_seconds=elapsed)


def _hour_of(now: datetime, today: date, zone: str) -> int:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return int((local - datetime.combine(today, datetime.min.time())).total_seconds() // 3600)


def _weekday(day: date, locale: str) -> str:
    return format_date(day, "EEEE", locale=locale)


class _Figures:
    """The takings of both days, asked from different sides. All in one currency, except `also`."""

    def __init__(self, rows: list[dict[str, Any]], today: date, currency: str) -> None:
        self.today, self.past, self.currency = today, today - _WEEK, currency
        self.all = rows
        self.rows = [row for row in rows if row["currency"] == currency]

    def net(self, day: date, *, name: str = "net_minor") -> int:
        return sum(row[name] for row in self.rows if row["business_date"] == day)

    @property
    def is_comparable(self) -> bool:
        """Whether anything was taken on the day that today is compared with, up to this hour."""
        return self.net(self.past, name="so_far_minor") > 0

    def also(self) -> tuple[Money, ...]:
        others: dict[str, int] = defaultdict(int)
        for row in self.all:
            if row["currency"] != self.currency and row["business_date"] == self.today:
                others[row["currency"]] += row["net_minor"]
        return tuple(Money(minor, currency) for currency, minor in sorted(others.items()))

    def stats(self, locale: str) -> tuple[Stat, ...]:
        so_far, before = self.net(self.today), self.net(self.past, name="so_far_minor")
        orders = self.net(self.today, name="orders")
        day = {"date_from": self.today, "date_to": self.today}
        stats = []
        if before > 0:
            change = 100 * (so_far - before) / before
            tone, icon = ("good", "trending-up") if change >= 0 else ("warn", "trending-down")
            stats.append(
                Stat(
                    _("vs last {weekday}").format(weekday=_weekday(self.past, locale)),
                    percent_text(change, locale=locale, with_plus=True),
                    tone=tone,
                    icon=icon,
                )
            )
        stats.append(Stat(_("Orders paid"), count_text(orders, locale=locale), f"/orders/?{urlencode(day)}"))
        if orders:
            stats.append(Stat(_("Average order"), Money(rounded_share(so_far, 1, orders), self.currency)))
        refunded = Money(self.net(self.today, name="refunded_minor"), self.currency)
        stats.append(
            Stat(
                _("Refunded"),
                refunded,
                f"/payments/?{urlencode({**day, 'status': 'partly_refunded,refunded', 'totals': 1})}",
            )
        )
        return tuple(stats)

    def points(self, hour_now: int) -> tuple[TakingsPoint, ...]:
        by_hour: dict[tuple[date, int], int] = defaultdict(int)
        for row in self.rows:
            by_hour[row["business_date"], row["hour"]] += row["net_minor"]
        hours = [hour for _day, hour in by_hour]
        if not hours:
            return ()
        first, last = min(*hours, hour_now), max(*hours, hour_now)
        nothing = Money(0, self.currency)
        points, today, past = [TakingsPoint(f"{first % 24:02}:00", nothing, nothing)], 0, 0
        for hour in range(first, last + 1):
            today, past = today + by_hour[self.today, hour], past + by_hour[self.past, hour]
            reached = Money(today, self.currency) if hour <= hour_now else None
            points.append(TakingsPoint(f"{(hour + 1) % 24:02}:00", Money(past, self.currency), reached))
        return tuple(points)

    def channels(self, locale: str) -> tuple[ChannelShare, ...]:
        sums: dict[tuple[str, UUID], int] = defaultdict(int)
        for row in self.rows:
            if row["business_date"] == self.today:
                sums[row["channel"], row["channel_id"]] += row["net_minor"]
        total, largest = sum(sums.values()), max(sums.values(), default=0)
        day = {"date_from": self.today, "date_to": self.today, "totals": 1}
        return tuple(
            ChannelShare(
                label=name,
                amount=Money(minor, self.currency),
                share_text=percent_text(100 * minor / total, locale=locale) if total > 0 else "",
                share_permille=max(0, minor * 1000 // largest) if largest > 0 else 0,
                url=f"/payments/?{urlencode({'channel': channel_id, **day})}",
            )
            for (name, channel_id), minor in sorted(sums.items(), key=lambda item: -item[1])
        )

    def of_store(self, store_id: UUID) -> tuple[int, int, datetime | None]:
        rows = [row for row in self.rows if row["store_id"] == store_id and row["business_date"] == self.today]
        return (
            sum(row["net_minor"] for row in rows),
            sum(row["orders"] for row in rows),
            min((row["first_at"] for row in rows), default=None),
        )


def _flow(look: Look, today: date) -> tuple[FlowBox, ...]:
    since = today - timedelta(days=queries.FLOW_DAYS)
    rows = queries.list_flow(look.narrowed, since=since, methods=CARD_METHODS)
    boxes = (
        ("authorised", "idle", "contrast", _("Authorised, not captured"), {"status": "authorised"}),
        ("taken", "info", "credit-card", _("Captured, with the processor"), {"money_stage": "taken"}),
        ("settled", "info", "layers", _("Settled, not paid out"), {"money_stage": "settled"}),
        ("paid_out", "warn", "clock-fading", _("Paid out, not in the bank"), {"money_stage": "paid_out"}),
        ("reconciled", "good", "circle-check", _("Reconciled"), {"money_stage": "reconciled"}),
    )
    return tuple(_box(look, rows, since, *box) for box in boxes)


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
    if stage != "authorised":
        query = {**query, "status": "captured,partly_refunded,refunded"}
    query = {**query, "method": ",".join(CARD_METHODS), "date_from": since.isoformat(), "totals": "1"}
    if look.scope.query:
        query |= dict(part.split("=") for part in look.scope.query.split("&"))
    return FlowBox(
        tone=tone if number else "idle",
        icon=icon,
        label=label,
        amounts=tuple(Money(row["minor"], row["currency"]) for row in found)
        or (Money(0, look.merchant.base_currency),),
        note=ngettext("{number} payment", "{number} payments", number).format(number=number),
        url=f"/payments/?{urlencode(query)}",
    )


def _stores(look: Look, figures: _Figures) -> tuple[StoreRow, ...]:
    terminals: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in queries.count_terminals(look.narrowed):
        terminals[row["store_id"]][row["state"]] = row["number"]
    low = queries.count_low_stock(look.narrowed, low_at=LOW_AT)
    rows = []
    for place in look.places:
        if look.scope.store and place.id != look.scope.store.id:
            continue
        takings, orders, first_at = figures.of_store(place.id)
        tone, icon, word = _terminals_in_words(terminals.get(place.id, {}))
        average = Money(rounded_share(takings, 1, orders), figures.currency) if orders else None
        url = f"/payments/?{urlencode({'store': place.id, 'date_from': figures.today, 'date_to': figures.today, 'totals': 1})}"
        amount = Money(takings, figures.currency)
        rows.append(
            StoreRow(place.name, url, amount, orders, average, tone, icon, word, first_at, low.get(place.id, 0))
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
        return "warn", "triangle-alert", _("{number} needs care").format(number=number)
    return "good", "circle-check", _("{number} of {total} online").format(number=total, total=total)


def _gateways(now: datetime, locale: str) -> tuple[GatewayRow, ...]:
    recent = {row["id"]: row for row in queries.list_approvals(now=now, within=timedelta(minutes=60))}
    normal = queries.list_normal_approvals(now=now)
    return tuple(_gateway(row, recent.get(row["id"]), locale) for row in normal)


def _gateway(normal: dict[str, Any], recent: dict[str, Any] | None, locale: str) -> GatewayRow:
    usual = 100 * normal["approved"] / normal["asked"]
    used_for, normally = _used_for(normal["methods"].split(",")), percent_text(usual, locale=locale)
    if recent is None or not recent["asked"]:
        return GatewayRow(normal["name"], used_for, "—", normally, "idle")
    rate = 100 * recent["approved"] / recent["asked"]
    is_low = recent["asked"] >= _RATE_FROM and rate < usual - _SLOW_BELOW
    health = "down" if recent["asked"] >= _RATE_FROM and rate == 0 else "slow" if is_low else "healthy"
    return GatewayRow(normal["name"], used_for, percent_text(rate, locale=locale), normally, health)


def _used_for(methods: Iterable[str]) -> str:
    words = {
        "card_present": _("tills"),
        "card": _("online"),
        "wallet": _("wallets"),
        "bank_transfer": _("transfers"),
        "cash": _("cash"),
    }
    return ", ".join(str(words.get(method, method)) for method in sorted(methods))
