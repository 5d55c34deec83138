"""What contracts take in and give out over REST."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from rest_framework import serializers

from payments.fees import queries
from payments.fees.models import CARD_KINDS, PRICINGS, REGIONS, FeeContract
from payments.fees.pricing import Price, Terms
from payments.fees.services import BASIS_POINTS_MAX, PRICES_MAX

MINOR_MAX = 2**53


def _minor(**how: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=MINOR_MAX, **how)


def _optional_minor() -> serializers.IntegerField:
    return _minor(required=False, allow_null=True, default=None)


class FeePriceInput(serializers.Serializer[Any]):
    """What some sales cost. What is left out fits everything."""

    method = serializers.RegexField(r"^[a-z_]{0,14}$", required=False, allow_blank=True, default="")
    brand = serializers.RegexField(r"^[a-z_]{0,20}$", required=False, allow_blank=True, default="")
    region = serializers.ChoiceField(choices=REGIONS, required=False, allow_blank=True, default="")
    card_kind = serializers.ChoiceField(choices=CARD_KINDS, required=False, allow_blank=True, default="")
    basis_points = serializers.IntegerField(min_value=0, max_value=BASIS_POINTS_MAX)
    fixed_minor = _minor(required=False, default=0)
    minimum_minor = _optional_minor()
    maximum_minor = _optional_minor()


class TermsInput(serializers.Serializer[Any]):
    """A version: from which day, and what it says. Of what is null it says nothing."""

    valid_from = serializers.DateField()
    pricing = serializers.ChoiceField(choices=PRICINGS, required=False, default="blended")
    basis_points = serializers.IntegerField(min_value=0, max_value=BASIS_POINTS_MAX)
    fixed_minor = _minor(required=False, default=0)
    minimum_minor = _optional_minor()
    maximum_minor = _optional_minor()
    refund_fixed_minor = _minor(required=False, default=0)
    chargeback_fixed_minor = _optional_minor()
    payout_fixed_minor = _optional_minor()
    monthly_minor = _optional_minor()
    prices = FeePriceInput(many=True, max_length=PRICES_MAX, required=False, default=list)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class ContractInput(TermsInput):
    """A new version of a gateway account's contract."""

    gateway_account_id = serializers.UUIDField()
    currency = serializers.RegexField(r"^$|^[A-Z]{3}$", required=False, allow_blank=True, default="")


def terms_of_input(given: dict[str, Any]) -> Terms:
    """Return the terms that were sent."""
    names = ("pricing", "refund_fixed_minor", "chargeback_fixed_minor", "payout_fixed_minor", "monthly_minor")
    limits = ("basis_points", "fixed_minor", "minimum_minor", "maximum_minor")
    return Terms(
        base=Price(**{name: given[name] for name in limits}),
        prices=tuple(Price(**price) for price in given["prices"]),
        **{name: given[name] for name in names},
    )


def contract_output(contract: FeeContract, *, today: date) -> dict[str, Any]:
    """Return a version as REST shows it. Its account and prices are loaded by the caller."""
    terms = asdict(queries.terms_of(contract))
    base = terms.pop("base")
    prices = terms.pop("prices")
    own = {name: base[name] for name in ("basis_points", "fixed_minor", "minimum_minor", "maximum_minor")}
    return {
        "id": str(contract.id),
        "gateway_account_id": str(contract.gateway_account_id),
        "currency": queries.settled_in(contract),
        "valid_from": contract.valid_from.isoformat(),
        "is_in_force": contract.valid_from <= today,
        **own,
        **terms,
        "prices": list(prices),
        "note": contract.note,
        "made_by": contract.made_by or None,
        "made_at": contract.made_at.isoformat() if contract.made_at else None,
    }
