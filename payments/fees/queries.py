"""Reads of contracts."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from merchant.core.errors import NotFound
from payments.fees.models import FeeContract
from payments.fees.pricing import Price, Terms


def list_contracts() -> QuerySet[FeeContract]:
    """Return every version of the merchant's contracts with account, prices and the day the next one begins, the latest entered first."""
    later = FeeContract.objects.filter(
        gateway_account_id=OuterRef("gateway_account_id"),
        currency=OuterRef("currency"),
        valid_from__gt=OuterRef("valid_from"),
    )
    until = Subquery(later.order_by("valid_from").values("valid_from")[:1])
    rows = FeeContract.objects.select_related("gateway_account").prefetch_related("prices")
    return rows.annotate(valid_until=until).order_by("-id")


def get_contract(contract_id: UUID | str) -> FeeContract:
    """Return one version. :raises NotFound: if the merchant has none with that id."""
    contract: FeeContract | None = list_contracts().filter(id=contract_id).first()
    if contract is None:
        raise NotFound()
    return contract


def terms_of(contract: FeeContract) -> Terms:
    """Return what a version says."""
    prices = sorted(contract.prices.all(), key=lambda price: price.place)
    return Terms(
        base=Price(contract.basis_points, contract.fixed_minor, contract.minimum_minor, contract.maximum_minor),
        prices=tuple(
            Price(
                price.basis_points, price.fixed_minor, price.minimum_minor, price.maximum_minor, price.method, price.brand, price.region,
                price.card_kind,
            )
            for price in prices
        ),
        pricing=contract.pricing,
        refund_fixed_minor=contract.refund_fixed_minor,
        chargeback_fixed_minor=contract.chargeback_fixed_minor,
        payout_fixed_minor=contract.payout_fixed_minor,
        monthly_minor=contract.monthly_minor,
    )  # fmt: skip


def settled_in(contract: FeeContract) -> str:
    """Return the currency a version speaks of."""
    return contract.currency or contract.gateway_account.currency
