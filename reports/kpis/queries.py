"""Figures of a period, grouped in the database; and the facts behind one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.filters import FilterReader, FilterRefused
from merchant.core.tenancy import current_merchant_id
from payments.gateways.models import GatewayAccount
from reports.kpis.definitions import CALENDARS
from reports.kpis.report import Report

REPORT_FILTERS = ("date_from", "date_to", "by", "calendar", "store", "channel", "gateway", "kind", "without")
GROUPINGS = ("total", "day", "store", "channel", "gateway", "kind", "fact")
# Two years and a day: a year against the one before.
DAYS_MAX = 732
FACTS_ON_A_PAGE = 100
# What a fact may have none of: `without=store` asks for those.
WITHOUT = {
    "store": "f.store_id IS NULL",
    "channel": "f.channel_id IS NULL",
    "gateway": "f.gateway_account_id IS NULL",
    "kind": "f.kind = ''",
}
# What a group is called, by its name in the query string.
_GROUPS = {
    "total": "''",
    "day": "f.day::text",
    "store": "coalesce(s.name, '')",
    "channel": "coalesce(c.name, '')",
    "gateway": "coalesce(a.name, '')",
    "kind": "f.kind",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a report. Both days are inclusive, by `calendar`; `by` is what the figures are grouped by, `fact` for no grouping at all."""

    date_from: date
    date_to: date
    by: str = "day"
    calendar: str = "store"
    store_id: UUID | None = None
    channel_id: UUID | None = None
    gateway_id: UUID | None = None
    kind: str = ""
    # The grouping of which the facts have none, "" for all facts.
    without: str = ""
    # Limits what a caller of some stores sees; never read from a request.
    only_stores: frozenset[UUID] | None = None


def read_filters(
    report: Report, params: Mapping[str, str], *, today: date, only_stores: Collection[UUID] | None = None
) -> Wanted:
    """
    Return what a query string asks of `report`; without days, the month so far.

    :raises FilterRefused: for a filter that is unknown or cannot be understood, a calendar its facts have no day in, or too many days.
    """
    read = FilterReader(params, known=REPORT_FILTERS)
    calendar = read.choice("calendar", tuple(CALENDARS)) or next(iter(report.calendars))
    if calendar not in report.calendars:
        raise FilterRefused(
            name="calendar", reason=_("this report knows {known}").format(known=", ".join(report.calendars))
        )
    date_to = read.day("date_to") or today
    date_from = read.day("date_from") or date_to.replace(day=1)
    gateway_id, by = read.key("gateway"), read.choice("by", GROUPINGS) or "day"
    if not report.has_gateways and (gateway_id or by == "gateway"):
        raise FilterRefused(
            name="gateway" if gateway_id else "by", reason=_("the facts of this report know no gateway")
        )
    if not 0 <= (date_to - date_from).days < DAYS_MAX:
        raise FilterRefused(
            name="date_from",
            reason=_("a period ends after it begins and has at most {number} days").format(number=DAYS_MAX),
        )
    return Wanted(
        date_from=date_from,
        date_to=date_to,
        by=by,
        calendar=calendar,
        store_id=read.key("store"),
        channel_id=read.key("channel"),
        gateway_id=gateway_id,
        kind=read.text("kind"),
        without=read.choice("without", tuple(WITHOUT)),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def totalled(wanted: Wanted) -> Wanted:
    """Return the same without its groups."""
    return replace(wanted, by="total")


def facts_of(report: Report, wanted: Wanted) -> tuple[str, Sequence[Any]]:
    """Return SQL that stands behind FROM and gives the facts `f` with store `s`, channel `c` and gateway account `a`, and its parameters."""
    stores = _stores(wanted)
    sql = (
        f"FROM ({report.facts.format(day=report.calendars[wanted.calendar])}) f "
        "LEFT JOIN merchant_store s ON s.id = f.store_id LEFT JOIN merchant_channel c ON c.id = f.channel_id LEFT JOIN gateway_account a ON a.id = f.gateway_account_id "
        "WHERE (%s::uuid[] IS NULL OR f.store_id = ANY(%s::uuid[])) AND (%s::uuid IS NULL OR f.channel_id = %s) "
        f"AND (%s::uuid IS NULL OR f.gateway_account_id = %s) AND (%s = '' OR f.kind = %s) AND {WITHOUT.get(wanted.without, 'true')}"
    )
    days = [current_merchant_id(), wanted.date_from, wanted.date_to]
    places = [stores, stores, wanted.channel_id, wanted.channel_id, wanted.gateway_id, wanted.gateway_id]
    return sql, [*days, *places, wanted.kind, wanted.kind]


def _stores(wanted: Wanted) -> list[UUID] | None:
    if wanted.store_id is None:
        return None if wanted.only_stores is None else list(wanted.only_stores)
    is_hidden = wanted.only_stores is not None and wanted.store_id not in wanted.only_stores
    return [] if is_hidden else [wanted.store_id]


@dataclass(frozen=True, slots=True)
class Figure:
    """One group in one currency: how many facts, the sum of each measure, and its percentiles. `group` is what links carry, `label` what people read."""

    group: str
    label: str
    currency: str
    facts: int
    measures: Mapping[str, int]
    percentiles: Mapping[str, int] = field(default_factory=dict)


def grouped(report: Report, wanted: Wanted) -> str:
    """Return the SELECT of the groups behind `facts_of`: the group, its id for links, the currency, the number of facts, each measure and each percentile."""
    label = _GROUPS[wanted.by]
    ids = {"store": "f.store_id::text", "channel": "f.channel_id::text", "gateway": "f.gateway_account_id::text"}
    key = ids.get(wanted.by, label)
    sums = "".join(f", sum(f.{name})::bigint AS {name}" for name in report.measures)
    sums += "".join(f", {percentile.sql} AS {percentile.name}" for percentile in report.percentiles)
    source, _parameters = facts_of(report, wanted)
    return f"SELECT {label} AS label, {key} AS key, f.currency, count(*) AS facts{sums} {source} GROUP BY 1, 2, 3"


def list_figures(report: Report, wanted: Wanted) -> list[Figure]:
    """Return every group in order, with one statement."""
    _source, parameters = facts_of(report, wanted)
    rows = db.rows(f"{grouped(report, wanted)} ORDER BY 1, 2, 3", parameters)
    names, count = [percentile.name for percentile in report.percentiles], len(report.measures)
    return [
        Figure(
            key or "",
            label,
            currency,
            int(number),
            dict(zip(report.measures, map(int, values[:count]), strict=True)),
            dict(zip(names, map(int, values[count:]), strict=True)),
        )
        for label, key, currency, number, *values in rows
    ]


def list_totals(report: Report, wanted: Wanted, figures: Sequence[Figure]) -> list[Figure]:
    """Return one figure a currency for all of `figures`, the groups of `wanted`. Percentiles do not add up, so a report with them is asked again, with one statement."""
    if not report.percentiles or wanted.by == "total":
        return sum_figures(figures, report)
    return list_figures(report, totalled(wanted))


def sum_figures(figures: Sequence[Figure], report: Report) -> list[Figure]:
    """Return one figure a currency: the sum of all groups. The percentiles of a single group are its own."""
    totals: dict[str, Figure] = {}
    for figure in figures:
        known = totals.get(figure.currency)
        sums = {name: figure.measures[name] + (known.measures[name] if known else 0) for name in report.measures}
        number = figure.facts + (known.facts if known else 0)
        totals[figure.currency] = Figure("", "", figure.currency, number, sums, {} if known else figure.percentiles)
    return [totals[currency] for currency in sorted(totals)]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact behind a figure. `url` opens it, "" where it has no page of its own."""

    day: date
    key: str
    reference: str
    url: str
    store: str
    channel: str
    kind: str
    currency: str
    measures: Mapping[str, int]

    @property
    def place(self) -> str:
        """Where the next page goes on."""
        return f"{self.day}~{self.key}"


def list_facts(report: Report, wanted: Wanted, *, after: str = "") -> tuple[list[Fact], str]:
    """
    Return one page of facts, oldest first, and where the next one begins ("" after the last).

    :raises FilterRefused: if `after` is no place of a fact.
    """
    source, parameters = facts_of(report, wanted)
    measures = "".join(f", f.{name}" for name in report.measures)
    day, key = _place(after)
    rows = db.rows(
        f"SELECT f.day, f.key, f.reference, f.url, coalesce(s.name, ''), coalesce(c.name, ''), f.kind, f.currency{measures} {source} "
        "AND (%s::date IS NULL OR (f.day, f.key) > (%s::date, %s)) ORDER BY f.day, f.key LIMIT %s",
        [*parameters, day, day, key, FACTS_ON_A_PAGE + 1],
    )
    found = [_fact(report, *row) for row in rows[:FACTS_ON_A_PAGE]]
    return found, found[-1].place if len(rows) > FACTS_ON_A_PAGE else ""


def _fact(
    report: Report,
    day: date,
    key: str,
    reference: str,
    url: str,
    store: str,
    channel: str,
    kind: str,
    currency: str,
    *measured: Any,
) -> Fact:
    measures = dict(zip(report.measures, map(int, measured), strict=True))
    return Fact(day, key, reference, url, store, channel, kind, currency, measures)


def list_gateways() -> list[tuple[UUID, str]]:
    """Return the id and name of each gateway account, by name."""
    return list(GatewayAccount.objects.order_by("name").values_list("id", "name"))


def _place(after: str) -> tuple[date | None, str]:
    day, _tilde, key = after.partition("~")
    try:
        return (date.fromisoformat(day), key) if after else (None, "")
    except ValueError:
        raise FilterRefused(name="after", reason=_("it is no place in this list")) from None
