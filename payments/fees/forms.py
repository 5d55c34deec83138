"""What the form of a contract sends: percentages like 1.40 and amounts like 0.25, in the currency of the settlement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import AmountMalformed, AmountPrecision, CurrencyUnknown, Money, is_written_out
from payments.fees.pricing import Price, Terms

# A form has as many lines for prices as a contract has, and these for new ones.
PRICES_BLANK = 3
_CRITERIA = ("method", "brand", "region", "card_kind")


class ContractFormRefused(AppError):
    """The form cannot be understood."""

    code = "fee_contract_form_refused"
    status = 422
    detail = "{reason}"
    money = "Nothing was saved."


def read_terms(fields: QueryDict, *, currency: str) -> Terms:
    """
    Return the terms a person wrote.

    :raises ContractFormRefused: for a percentage or amount that cannot be understood.
    """
    return Terms(
        base=_price(fields, "", currency),
        prices=tuple(_prices(fields, currency)),
        pricing=fields.get("pricing", "blended"),
        refund_fixed_minor=_amount(fields.get("refund", ""), currency) or 0,
        chargeback_fixed_minor=_amount(fields.get("chargeback", ""), currency),
        payout_fixed_minor=_amount(fields.get("payout", ""), currency),
        monthly_minor=_amount(fields.get("monthly", ""), currency),
    )


def read_day(fields: QueryDict) -> date:
    """Return the day a version begins. :raises ContractFormRefused: if it is none."""
    try:
        return date.fromisoformat(fields.get("valid_from", ""))
    except ValueError:
        raise ContractFormRefused(reason=_("Write the day like 2026-11-22.")) from None


def _prices(fields: QueryDict, currency: str) -> list[Price]:
    numbers = sorted(
        int(name.removeprefix("percent_"))
        for name in fields
        if name.startswith("percent_") and name[8:].isdecimal() and len(name) < 12
    )
    found = []
    for number in numbers:
        end = f"_{number}"
        written = (*_CRITERIA, "percent", "fixed", "minimum", "maximum")
        if any(fields.get(f"{name}{end}", "").strip() for name in written):
            found.append(_price(fields, end, currency))
    return found


def _price(fields: QueryDict, end: str, currency: str) -> Price:
    told = {name: fields.get(f"{name}{end}", "").strip().lower() if end else "" for name in _CRITERIA}
    return Price(
        basis_points=_basis_points(fields.get(f"percent{end}", "")),
        fixed_minor=_amount(fields.get(f"fixed{end}", ""), currency) or 0,
        minimum_minor=_amount(fields.get(f"minimum{end}", ""), currency),
        maximum_minor=_amount(fields.get(f"maximum{end}", ""), currency),
        **told,
    )


def _basis_points(text: str) -> int:
    plain = text.strip().removesuffix("%").strip().replace(",", ".") or "0"
    if len(plain) <= 10 and is_written_out(plain):
        points = Decimal(plain) * 100
        if points == points.to_integral_value():
            return int(points)
    raise ContractFormRefused(reason=_("Write percentages like 1.40, with at most two decimals."))


def _amount(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        return Money.parse(text.strip().replace(",", "."), currency).minor
    except CurrencyUnknown:
        raise ContractFormRefused(reason=_("Write the currency with its three letters, such as EUR.")) from None
    except (AmountMalformed, AmountPrecision):
        raise ContractFormRefused(reason=_("Write amounts like 0.25.")) from None
