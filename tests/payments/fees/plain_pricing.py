"""What a contract asks for one row, as plain arithmetic over frozen facts: the SQL of `payments/fees/pricing.py` is held against it."""

from __future__ import annotations

from dataclasses import dataclass

from payments.fees.pricing import CHARGEBACK, EEA, PAYOUT, REFUND, SALE, Price, Terms


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one row. "" is not known; `interchange_minor` and `scheme_minor` are None where the report does not name them."""

    kind: str
    amount_minor: int
    method: str = ""
    brand: str = ""
    region: str = ""
    card_kind: str = ""
    interchange_minor: int | None = None
    scheme_minor: int | None = None


def expected_fee(terms: Terms, facts: Facts) -> int | None:
    """Return the fee in minor units, None where the contract says nothing or the report too little."""
    if facts.kind == CHARGEBACK:
        return terms.chargeback_fixed_minor
    if facts.kind == PAYOUT:
        return terms.payout_fixed_minor
    if facts.kind not in (SALE, REFUND):
        return None
    passed_on = _passed_on(terms, facts)
    if passed_on is None:
        return None
    return passed_on + (terms.refund_fixed_minor if facts.kind == REFUND else cost_of(price_of(terms, facts), facts))


def price_of(terms: Terms, facts: Facts) -> Price:
    """Return the price that decides for a sale."""
    return next((price for price in terms.prices if _fits(price, facts)), terms.base)


def cost_of(price: Price, facts: Facts) -> int:
    """Return basis points of the amount, rounded half up, and the fixed part, within the limits of `price`."""
    fee = (abs(facts.amount_minor) * price.basis_points + 5000) // 10000 + price.fixed_minor
    if price.maximum_minor is not None:
        fee = min(fee, price.maximum_minor)
    return fee if price.minimum_minor is None else max(fee, price.minimum_minor)


def region_of(country: str, *, home: str) -> str:
    """Return where a card of `country` is from, seen from a merchant in `home`; "" if it is not known."""
    if not country:
        return ""
    if country == home:
        return "domestic"
    return "eea" if country in EEA and home in EEA else "other"


def _fits(price: Price, facts: Facts) -> bool:
    return (
        price.method in ("", facts.method)
        and price.brand in ("", facts.brand)
        and price.region in ("", facts.region)
        and price.card_kind in ("", facts.card_kind)
    )


def _passed_on(terms: Terms, facts: Facts) -> int | None:
    if terms.pricing != "interchange_plus":
        return 0
    if facts.interchange_minor is None or facts.scheme_minor is None:
        return None
    return facts.interchange_minor + facts.scheme_minor
