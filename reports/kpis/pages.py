"""Reports as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from merchant.core.money import Money
from merchant.core.pages.parts import Choice, EmptyState, Figure, Stat, TotalLine


@dataclass(frozen=True, slots=True)
class ReportLink:
    """One report in the list of all."""

    title: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One group in one currency. `url` opens the facts behind it."""

    label: str
    number: int
    amounts: tuple[Stat, ...]
    url: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact."""

    day: date
    reference: str
    url: str
    place: str
    kind: str
    amounts: tuple[Stat, ...]


@dataclass(frozen=True, slots=True)
class PeriodForm:
    """What a report is asked with: two days, the calendar they are counted by, and what it is grouped by."""

    action_url: str
    date_from: date
    date_to: date
    groupings: tuple[Choice, ...]
    calendars: tuple[Choice, ...]
    zone: str
    hidden: tuple[tuple[str, str], ...] = ()
    comparisons: tuple[Choice, ...] = ()
    gateways: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report of a period: groups, or the facts of a group; and the sum of all of them per currency."""

    title: str
    note: str
    form: PeriodForm
    group_label: str
    measures: tuple[str, ...]
    totals: tuple[TotalLine, ...]
    empty: EmptyState
    rows: tuple[FigureRow, ...] = ()
    facts: tuple[FactRow, ...] = ()
    kind_label: str = ""
    next_url: str = ""
    export_url: str = ""
    # SVG, "" where there is nothing to draw.
    chart: str = ""
    compared_with: str = ""
    before: tuple[TotalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class IndicatorFigure:
    """A key figure, and what it was before. The addresses open the facts behind each. `currency` is named where there are several and the value does not tell."""

    value: Figure
    url: str
    currency: str = ""
    before: Figure = ""
    before_url: str = ""
    change: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorDay:
    """One line of the table under a chart."""

    label: str
    value: Figure
    before: Figure


@dataclass(frozen=True, slots=True)
class IndicatorCard:
    """One key figure of a period with its days. `figures` has one a currency, the merchant's own first, which the chart draws."""

    key: str
    label: str
    note: str
    figures: tuple[IndicatorFigure, ...]
    chart: SafeString
    days: tuple[IndicatorDay, ...]
    report_url: str


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """All key figures of a period."""

    form: PeriodForm
    period: str
    compared_with: str
    cards: tuple[IndicatorCard, ...]


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One line of a bridge: a sum of a calendar, or what lies between two. `is_sum` draws it as one."""

    label: str
    amount: Money
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class BridgeCard:
    """One gateway account in one currency, from the stores' days to UTC and to the processor's."""

    title: str
    steps: tuple[BridgeStep, ...]
    to_utc: tuple[BridgeStep, ...]
    ties: bool


@dataclass(frozen=True, slots=True)
class BridgePage:
    """Every bridge of a period."""

    form: PeriodForm
    cards: tuple[BridgeCard, ...]
    empty: EmptyState
