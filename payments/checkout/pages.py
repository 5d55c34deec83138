"""What the shopper's pages show, as plain values in the shopper's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.pages.frame import mark_of
from merchant.core.pages.shell import current_locale
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from orders.documents.models import Document
from orders.order.models import Order
from payments.checkout import queries
from payments.checkout.models import DeliveryMethod, PaymentLink
from payments.checkout.queries import Progress


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the summary."""

    name: str
    quantity: int
    total: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its shopper sees it."""

    merchant: str
    mark: str
    number: str
    lines: tuple[LineView, ...]
    total: str
    tax: str
    due: str
    refunded: str
    is_partly_paid: bool
    delivery_name: str
    address: tuple[str, ...]
    pickup_code: str
    email: str
    fulfilment: str
    receipt_path: str
    shop_url: str
    until: str
    zone: str

    @property
    def items(self) -> int:
        """How many pieces there are."""
        return sum(line.quantity for line in self.lines)


def order_view(link: PaymentLink, order: Order, progress: Progress) -> OrderView:
    """Return what every shopper's page shows of the order."""
    locale = current_locale()

    def shown(minor: int) -> str:
        return money_text(Money(minor, order.currency), locale=locale)

    receipt = Document.objects.filter(order=order, kind="receipt").first()
    address = order.delivery.get("shipping_address", {})
    merchant = merchants.get_merchant(current_merchant_id()).name
    return OrderView(
        merchant=merchant,
        mark=mark_of(merchant),
        number=order.number,
        lines=tuple(LineView(line.name, line.quantity, shown(line.total_minor)) for line in queries.list_lines(order)),
        total=shown(order.total_minor),
        tax=shown(order.tax_minor),
        due=shown(progress.due_minor),
        refunded=shown(order.refunded_minor) if order.refunded_minor else "",
        is_partly_paid=0 < progress.due_minor < order.total_minor,
        delivery_name=order.delivery.get("method_name", ""),
        address=tuple(
            address[name] for name in ("name", "line1", "line2", "postal_code", "city", "country") if address.get(name)
        ),
        pickup_code=order.delivery.get("pickup_code", ""),
        email=order.email,
        fulfilment=_fulfilment(order),
        receipt_path=f"/r/{receipt.access_token}/" if receipt else "",
        shop_url=link.return_url,
        until=moment_text(link.expires_at, shape="short", zone=order.channel.zone, locale=locale),
        zone=order.channel.zone,
    )


def countries_of(order: Order) -> list[str]:
    """Return where the order's way of delivery goes; the channel's country if it names none."""
    method: DeliveryMethod | None = DeliveryMethod.objects.filter(code=order.delivery.get("method", "")).first()
    return list(method.countries) if method and method.countries else [order.channel.country]


def _fulfilment(order: Order) -> str:
    if order.status == "cancelled":
        return gettext("This order was cancelled.")
    return {
        "unfulfilled": gettext("Your order is being prepared."),
        "partial": gettext("A part of your order has been handed over."),
        "fulfilled": gettext("Your order has been handed over."),
    }[order.fulfilment_status]
