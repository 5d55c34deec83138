"""What the shopper's pages show, as plain values in the shopper's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.pages.shell import current_locale
from orders.order.models import Order
from payments.checkout import queries
from payments.checkout.models import DeliveryMethod, PaymentLink
from payments.checkout.queries import Progress
from payments.records import words
from payments.records.models import Payment


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the summary."""

    name: str
    quantity: int
    total: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its shopper sees it."""

    number: str
    lines: tuple[LineView, ...]
    total: str
    tax: str
    due: str
    is_partly_paid: bool
    delivery_name: str
    address: tuple[str, ...]
    email: str
    shop_url: str
    until: str
    zone: str
    # What was paid while something is left: how, and how much.
    paid: tuple[LineView, ...] = ()

    @property
    def items(self) -> int:
        """How many pieces there are."""
        return sum(line.quantity for line in self.lines)


def order_view(link: PaymentLink, order: Order, progress: Progress) -> OrderView:
    """Return what every shopper's page shows of the order."""
    locale = current_locale()

    def shown(minor: int) -> str:
        return money_text(Money(minor, order.currency), locale=locale)

    is_partly_paid = 0 < progress.due_minor < order.total_minor
    address = order.delivery.get("shipping_address", {})
    return OrderView(
        number=order.number,
        lines=tuple(LineView(line.name, line.quantity, shown(line.total_minor)) for line in queries.list_lines(order)),
        total=shown(order.total_minor),
        tax=shown(order.tax_minor),
        due=shown(progress.due_minor),
        is_partly_paid=is_partly_paid,
        delivery_name=order.delivery.get("method_name", ""),
        address=tuple(
            address[name] for name in ("name", "line1", "line2", "postal_code", "city", "country") if address.get(name)
        ),
        email=order.email,
        shop_url=link.return_url,
        until=moment_text(link.expires_at, shape="short", zone=order.channel.zone, locale=locale, now=machine_now()),
        zone=order.channel.zone,
        paid=tuple(LineView(_way_of(payment), 1, shown(kept)) for payment, kept in queries.list_paid(order))
        if is_partly_paid
        else (),
    )


def _way_of(payment: Payment) -> str:
    """How a part was paid, with the end of the card's number."""
    return words.method_words(payment.method, payment.card_brand) + (
        f" •{payment.card_last4}" if payment.card_last4 else ""
    )


def countries_of(order: Order) -> list[str]:
    """Return where the order's way of delivery goes; the channel's country if it names none."""
    method: DeliveryMethod | None = DeliveryMethod.objects.filter(code=order.delivery.get("method", "")).first()
    return list(method.countries) if method and method.countries else [order.channel.country]


@dataclass(frozen=True, slots=True)
class WayView:
    """One way to pay as the page offers it; `press` is what the button says while it is chosen."""

    code: str
    title: str
    note: str
    icon: str
    press: str
    is_chosen: bool


def way_views(ways: tuple[str, ...], *, due: str, chosen: str = "") -> tuple[WayView, ...]:
    """Return the ways in words."""
    looks = {
        "card": (_("Card"), _("Visa, Mastercard and others"), "credit-card", _("Pay {due} by card").format(due=due)),
        "bank": (_("Bank transfer"), _("from your own bank app"), "landmark", _("Show the bank details")),
        "store": (_("Pay in the store"), _("we keep it for you"), "store", _("Reserve, pay in the store")),
    }
    return tuple(WayView(code, *looks[code], code == (chosen if chosen in ways else ways[0])) for code in ways)
