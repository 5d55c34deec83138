"""The fees report as staff see it: effective rates, fees that differ, monthly fees, the rows behind them, and the dry run of a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.pages.display import percent_text
from merchant.core.pages.parts import FilterBar, ListFrame, Notice, Stat, TotalLine
from merchant.core.telling import count_words
from payments.records import words

CAUSE_WORDS = {
    "rate": gettext_lazy("Percentage"),
    "fixed": gettext_lazy("Fixed part"),
    "minimum": gettext_lazy("Minimum"),
    "maximum": gettext_lazy("Maximum"),
    "unknown_brand": gettext_lazy("Brand not known"),
}
KIND_WORDS = {
    "sale": gettext_lazy("Sale"),
    "refund": gettext_lazy("Refund"),
    "chargeback": gettext_lazy("Chargeback"),
    "payout": gettext_lazy("Payout"),
}


@dataclass(frozen=True, slots=True)
class RateRow:
    """What one part of the sales cost in all. `rate` is a percentage in words, "" without sales."""

    name: str
    sales: int
    volume: Money
    fees: Money
    rate: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by one thing: gateway account, method or store."""

    key: str
    title: str
    column: str
    rows: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class OverChargeRow:
    """Fees of one account, month and cause that differ. The links open their rows and the claim file."""

    account: str
    month: date
    cause: str
    rows: int
    over: Money
    under: Money
    url: str
    claim_url: str


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month's invoiced fees beside the contract's."""

    account: str
    month: date
    agreed: Money
    charged: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class FeeReportPage:
    """The report of a period."""

    bar: FilterBar
    totals: tuple[TotalLine, ...]
    rates: tuple[RateTable, ...]
    over_charges: tuple[OverChargeRow, ...]
    months: tuple[MonthRow, ...]
    rows_url: str
    claim_url: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One settled row whose fee differs."""

    reference: str
    url: str
    day: date
    account: str
    kind: str
    amount: Money
    agreed: Money
    charged: Money
    over: Money
    cause: str
    contract_url: str


@dataclass(frozen=True, slots=True)
class FeeRowsPage:
    """The rows behind a figure."""

    list: ListFrame
    rows: tuple[FeeRow, ...]
    back_url: str


@dataclass(frozen=True, slots=True)
class DryRunPage:
    """What a month cost and would have cost under one version."""

    title: str
    back_url: str
    bar: FilterBar
    stats: tuple[Stat, ...]
    note: str


def rate_tables(found: list[dict[str, Any]], *, locale: str) -> tuple[RateTable, ...]:
    """Return the rates by gateway account, by method and by store."""
    by: tuple[tuple[str, str, str, Callable[[dict[str, Any]], str]], ...] = (
        ("gateway", _("Effective rate by gateway account"), _("Gateway account"), lambda row: row["name"]),
        ("method", _("Effective rate by method"), _("Method"), lambda row: method_words(row["method"])),
        ("store", _("Effective rate by store"), _("Store"), lambda row: row["store"] or (_("Online") if row["method"] else _("Without a payment"))),
    )  # fmt: skip
    return tuple(
        RateTable(key, title, column, tuple(_rates(found, name, locale=locale))) for key, title, column, name in by
    )


def over_charge_row(row: dict[str, Any], *, query: dict[str, str]) -> OverChargeRow:
    """Return a group of differing fees. `query` is the period the report shows."""
    months = _month_of(row["month"])
    narrowed = query | months | {"account": str(row["gateway_account_id"]), "cause": row["cause"]}
    return OverChargeRow(
        account=row["name"],
        month=row["month"],
        cause=str(CAUSE_WORDS[row["cause"]]),
        rows=row["rows"],
        over=Money(row["over_minor"], row["currency"]),
        under=Money(row["under_minor"], row["currency"]),
        url=f"/fees/rows/?{urlencode(narrowed)}",
        claim_url=claim_url(narrowed),
    )


def month_row(row: dict[str, Any]) -> MonthRow:
    """Return a month's invoiced fees."""
    agreed, charged = (Money(row[name], row["currency"]) for name in ("expected_minor", "charged_minor"))
    return MonthRow(row["name"], row["month"], agreed, charged, charged - agreed)


def fee_row(row: dict[str, Any]) -> FeeRow:
    """Return a settled row whose fee differs."""
    currency = row["currency"]
    return FeeRow(
        reference=row["reference"],
        url=f"/payments/{row['payment_id']}/" if row["payment_id"] else f"/imports/{row['report_id']}/",
        day=row["day"],
        account=row["name"],
        kind=str(KIND_WORDS[row["kind"]]),
        amount=Money(row["amount_minor"], currency),
        agreed=Money(row["expected_minor"], currency),
        charged=Money(row["charged_minor"], currency),
        over=Money(row["over_minor"], currency),
        cause=str(CAUSE_WORDS[row["cause"]]),
        contract_url=f"/fees/contracts/{row['contract_id']}/",
    )


def totals_of(judgement: Iterable[dict[str, Any]]) -> tuple[TotalLine, ...]:
    """Return per currency what was charged, what was agreed, and the difference."""
    lines = []
    for row in judgement:
        charged, agreed = (Money(row[name], row["currency"]) for name in ("charged_minor", "expected_minor"))
        figures = (
            Stat(_("Charged"), charged),
            Stat(_("Agreed"), agreed),
            Stat(_("Difference"), charged - agreed),
            Stat(_("Rows judged"), count_words(row["rows"] - row["unjudged"])),
            Stat(_("Rows the contract says nothing of"), count_words(row["unjudged"])),
        )
        lines.append(TotalLine(row["currency"], figures))
    return tuple(lines)


def method_words(method: str) -> str:
    """Return the name of a method; rows without a payment, such as chargebacks and payouts, have none."""
    return str(words.METHODS.get(method, method)) if method else _("Chargebacks and payouts")


def rate_words(fees_minor: int, volume_minor: int, *, locale: str) -> str:
    """Return fees as a percentage of the volume, "" without volume."""
    if volume_minor <= 0:
        return ""
    return percent_text(Decimal(fees_minor) * 100 / volume_minor, locale=locale, decimals="00")  # type: ignore[arg-type]


def claim_url(query: dict[str, str]) -> str:
    """Return where the claim file of some over-charges is asked for, with control totals."""
    names = {"date_from": "date_from", "date_to": "date_to", "account": "gateway_account", "cause": "cause"}
    known = {names[name]: value for name, value in query.items() if name in names and value}
    return f"/exports/new/?{urlencode({'subject': 'fee_claim', **known})}"


def _rates(found: list[dict[str, Any]], name: Callable[[dict[str, Any]], str], *, locale: str) -> Iterable[RateRow]:
    sums: dict[tuple[str, str], list[int]] = {}
    for row in found:
        added = sums.setdefault((name(row), row["currency"]), [0, 0, 0])
        for place, column in enumerate(("sales", "volume_minor", "charged_minor")):
            added[place] += row[column]
    for (label, currency), (sales, volume, fees) in sorted(sums.items(), key=lambda item: -item[1][1]):
        rate = rate_words(fees, volume, locale=locale)
        yield RateRow(label, sales, Money(volume, currency), Money(fees, currency), rate)


def _month_of(first: date) -> dict[str, str]:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return {"date_from": first.isoformat(), "date_to": date.fromordinal(following.toordinal() - 1).isoformat()}
