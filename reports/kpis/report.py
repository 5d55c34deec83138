"""What a report is: which facts it counts, what it adds up, and which figures are made of the sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise

from merchant.core.money import rounded_share

Words = str | Promise
# What a number is: minor units of the fact's currency, a number of things, hundredths of a percent, or milliseconds.
Unit = Literal["money", "count", "share", "duration"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure made of two sums: `over` for each `under`. A share is in hundredths of a percent; anything else has the unit of `over`. None where there is nothing to divide by."""

    name: str
    label: Words
    over: str
    under: str
    unit: Unit = "share"

    def of(self, sums: Mapping[str, int]) -> int | None:
        """Return the figure, rounded half away from zero."""
        under = sums[self.under]
        if under == 0:
            return None
        return rounded_share(sums[self.over], 10_000 if self.unit == "share" else 1, under)


@dataclass(frozen=True, slots=True)
class Percentile:
    """The value of a measure that so many percent of the facts do not pass. It is the value of one of them, so it can be found among them."""

    name: str
    label: Words
    of: str
    percent: int
    unit: Unit = "duration"

    @property
    def sql(self) -> str:
        """The aggregate over the facts `f`."""
        return f"percentile_disc({self.percent / 100}) WITHIN GROUP (ORDER BY f.{self.of})"


@dataclass(frozen=True, slots=True)
class Report:
    """
    One report. `facts` gives its rows (see `facts`), `calendars` the SQL of a fact's day by each, the first one is the usual; `measures` name what is added up.

    `kind_label` says what its own split is, `kind_words` how one of its values reads. Reports of the whole merchant have facts without a store. Measures are
    money unless `units` says otherwise; a report without money has one figure, whatever the currencies.
    """

    name: str
    title: Words
    note: Words
    right: str
    facts: str
    calendars: Mapping[str, str]
    kind_label: Words
    measures: Mapping[str, Words]
    kind_words: Callable[[str], str] = lambda kind: kind.replace("_", " ")
    needs_all_stores: bool = False
    units: Mapping[str, Unit] = field(default_factory=dict)
    ratios: tuple[Ratio, ...] = ()
    percentiles: tuple[Percentile, ...] = ()
    # Whether its facts know the gateway account they went through, and the channel.
    has_gateways: bool = False
    has_channels: bool = True
    # The figure its chart draws: a measure, ratio or percentile; "" for the first measure.
    headline: str = ""

    def unit(self, measure: str) -> Unit:
        """Return what the numbers of a measure are."""
        return self.units.get(measure, "money")
