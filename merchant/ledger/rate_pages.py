"""Exchange rates as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from merchant.core.money import Money
from merchant.core.pages.parts import ListFrame
from merchant.ledger.models import ExchangeRate
from merchant.ledger.rates import ValuedFact, plain

# Where the object of a fact has its page; others are told by their words alone.
_PAGES = {"order": "/orders/", "dispute": "/disputes/", "payout": "/payouts/", "voucher": "/gift-cards/"}


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate: `worth` is what one major unit of the currency comes to in the base currency."""

    url: str
    currency: str
    worth: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class RateListPage:
    """The list of rates."""

    list: ListFrame
    rows: tuple[RateRow, ...]
    base: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A booked fact that was valued on the rate's days."""

    what: str
    url: str
    business_date: date
    amount: Money
    base: Money


@dataclass(frozen=True, slots=True)
class RatePage:
    """One rate with what was booked on its days."""

    row: RateRow
    base: str
    until: date | None
    facts: tuple[FactRow, ...]
    older_url: str


def rate_row(rate: ExchangeRate) -> RateRow:
    """Return a rate as a row."""
    return RateRow(f"/settings/exchange-rates/{rate.id}/", rate.currency, plain(rate.base_per_unit), rate.valid_from)


def fact_row(fact: ValuedFact, *, currency: str, base: str) -> FactRow:
    """Return a booked fact as a row."""
    kind, _colon, key = fact.about.partition(":")
    page = _PAGES.get(kind)
    return FactRow(
        what=fact.recipe.replace("_", " ").capitalize(),
        url=f"{page}{key}/" if page and key else "",
        business_date=fact.business_date,
        amount=Money(fact.amount_minor, currency),
        base=Money(fact.base_minor, base),
    )
