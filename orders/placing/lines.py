"""Stored lines as pricing and documents take them."""

from __future__ import annotations

from inventory.pricing.services import PricedLine
from orders.order.models import Order, OrderLine


def priced(line: OrderLine) -> PricedLine:
    """Return a stored line as it was priced."""
    return PricedLine(
        kind=line.kind,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        is_stocked=line.is_stocked,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        total_minor=line.total_minor,
        tax_rate_basis_points=line.tax_rate_basis_points,
        tax_minor=line.tax_minor,
        includes_tax=line.includes_tax,
    )


def lines_of(order: Order) -> list[PricedLine]:
    """Return an order's lines as they were priced."""
    return [priced(line) for line in OrderLine.objects.filter(order=order, quantity__gt=0).order_by("position")]
