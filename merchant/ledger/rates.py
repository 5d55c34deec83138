"""
Exchange rates: what one major unit of a foreign currency is worth in the merchant's base currency, from a day on.

A rate values what is booked from its day until the next rate's. A posting keeps the worth it was booked with, so rates are added and never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.money import EXPONENTS
from merchant.core.tenancy import current_merchant_id
from merchant.ledger.models import ExchangeRate
from merchant.merchants import queries as merchants

# Nine digits on both sides of the point: what the column holds, and more than any pair of currencies needs.
DECIMALS_MAX = 9
RATE_BELOW = Decimal(10**9)


class ExchangeRateExists(AppError):
    """There is a rate of this currency from this day on."""

    code = "exchange_rate_exists"
    detail = "There is a rate of {currency} from {day} on: {rate}."
    next_step = "Rates are never changed; enter one for another day."


@transaction.atomic
def add_rate(*, currency: str, base_per_unit: Decimal, valid_from: date, now: datetime) -> ExchangeRate:
    """
    Add the worth of one major unit of `currency` in the base currency from a business day on, and return it.

    It values what is booked from now on for those days; what is booked already keeps its worth.

    :raises Invalid: for the base currency itself, an unknown one, or a rate that cannot be. :raises ExchangeRateExists: if that day has one.
    """
    base = merchants.base_currency(current_merchant_id())
    if currency not in EXPONENTS or currency == base:
        raise Invalid(reason=_("a rate is that of a currency other than {currency}").format(currency=base))
    exponent = base_per_unit.as_tuple().exponent if base_per_unit.is_finite() else None
    if not isinstance(exponent, int) or -exponent > DECIMALS_MAX or not 0 < base_per_unit < RATE_BELOW:
        raise Invalid(
            reason=_("a rate is more than nothing and has at most {number} decimals").format(number=DECIMALS_MAX)
        )
    rate, is_new = ExchangeRate.objects.get_or_create(
        currency=currency, valid_from=valid_from, defaults={"base_per_unit": base_per_unit}
    )
    if not is_new:
        raise ExchangeRateExists(currency=currency, day=valid_from, rate=plain(rate.base_per_unit))
    data = {"currency": currency, "base_per_unit": f"{base_per_unit:f}", "valid_from": str(valid_from)}
    audit.record("exchange_rate.added", subject=f"exchange_rate:{rate.id}", now=now, data=data)
    added: ExchangeRate = rate
    return added


def plain(rate: Decimal) -> str:
    """Return a rate without the zeros behind it."""
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def find_rates(*, currency: str = "") -> QuerySet[ExchangeRate]:
    """Return the rates of one currency or of all, in no order yet."""
    rows: QuerySet[ExchangeRate] = ExchangeRate.objects.all()
    return rows.filter(currency=currency) if currency else rows


def get_rate(rate_id: UUID) -> ExchangeRate:
    """Return one rate. :raises NotFound: if the merchant has none with that id."""
    rate: ExchangeRate | None = ExchangeRate.objects.filter(id=rate_id).first()
    if rate is None:
        raise NotFound()
    return rate


def next_day_of(rate: ExchangeRate) -> date | None:
    """Return the day from which the next rate of the same currency holds, None if there is none."""
    later = ExchangeRate.objects.filter(currency=rate.currency, valid_from__gt=rate.valid_from)
    day: date | None = later.order_by("valid_from").values_list("valid_from", flat=True).first()
    return day


@dataclass(frozen=True, slots=True)
class ValuedFact:
    """A booked fact in the rate's currency: what it was about (`payment:<id>` and the like), and its debits in that currency and in the base."""

    journal_id: UUID
    recipe: str
    about: str
    business_date: date
    amount_minor: int
    base_minor: int


def list_valued(rate: ExchangeRate, *, after: UUID | None = None, most: int) -> Sequence[ValuedFact]:
    """
    Return the facts booked on the days of a rate in its currency, newest first, at most `most`, older than the journal `after`.

    A fact booked before the rate was entered kept the worth of the rate that held then; its base amount shows it.
    """
    values = {
        "merchant": current_merchant_id(),
        "currency": rate.currency,
        "from": rate.valid_from,
        "until": next_day_of(rate),
        "after": after,
        "most": most,
    }
    return [ValuedFact(*row) for row in db.rows(_VALUED, values)]


_VALUED = """
SELECT j.id, j.recipe, j.about, j.business_date, sum(p.amount_minor)::bigint, sum(p.base_minor)::bigint
FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id
WHERE j.merchant_id = %(merchant)s AND j.business_date >= %(from)s AND (%(until)s::date IS NULL OR j.business_date < %(until)s)
    AND (%(after)s::uuid IS NULL OR j.id < %(after)s) AND p.currency = %(currency)s AND p.amount_minor > 0
GROUP BY j.id ORDER BY j.id DESC LIMIT %(most)s
"""
