"""The evidence pack: what our own books can say for us, proposed from the order, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.messages.models import Message
from orders.documents.models import Document
from orders.fulfilment.models import Fulfilment, Return
from orders.order.models import Order, OrderLine
from payments.disputes.models import Dispute
from payments.records.models import Evidence, Operation, Payment

# What schemes ask for first, by reason. The rest may be sent too.
_WANTED = {
    "fraudulent": ("payment", "delivery", "customer", "messages"),
    "not_received": ("delivery", "messages", "order"),
    "not_as_described": ("order", "receipt", "messages", "refunds"),
    "duplicate": ("order", "receipt", "payment"),
    "credit_not_processed": ("refunds", "receipt", "messages"),
    "cancelled": ("order", "messages", "refunds"),
    "unrecognised": ("receipt", "order", "customer"),
    "other": ("order", "receipt", "delivery", "payment"),
}
# A page of a scheme's form; more lines are not read.
_LINES_MAX = 40


@dataclass(frozen=True, slots=True)
class PackItem:
    """One piece of proof. `text` is empty where our books have nothing: the person sees what is missing. `is_wanted`: the reason asks for it."""

    key: str
    title: str
    text: str
    is_wanted: bool

    @property
    def stored(self) -> dict[str, str]:
        """The item as an answer keeps it."""
        return {"key": self.key, "title": self.title, "text": self.text}


def propose(dispute: Dispute) -> list[PackItem]:
    """Return the pieces of proof for a dispute, the wanted ones first. Order, payment and channel are loaded by the caller; a few statements."""
    payment = dispute.payment
    if payment is None:
        return []
    order = payment.order
    texts = {
        "order": (_("What was ordered"), _order(order, dispute.zone)),
        "receipt": (_("Receipt"), _receipt(order, dispute.zone)),
        "delivery": (_("Hand-over and delivery"), _delivery(order, dispute.zone)),
        "payment": (_("How it was paid"), _payment(payment, dispute.zone)),
        "refunds": (_("Money given back already"), _refunds(payment, dispute.zone)),
        "messages": (_("What we wrote to the customer"), _messages(order, dispute.zone)),
        "customer": (_("Earlier orders of the customer"), _customer(order, dispute.zone)),
    }
    wanted = _WANTED[dispute.reason]
    items = [PackItem(key, title, text, key in wanted) for key, (title, text) in texts.items()]
    return sorted(items, key=lambda item: (not item.is_wanted, wanted.index(item.key) if item.is_wanted else 0))


def _order(order: Order, zone: str) -> str:
    lines = OrderLine.objects.filter(order=order).order_by("position")[:_LINES_MAX]
    rows = [f"{line.quantity} × {line.name}: {_amount(line.total_minor, order.currency)}" for line in lines]
    placed = _("Order {number}, placed {moment}, {channel}, {total}").format(
        number=order.number,
        moment=_moment(order.placed_at or order.created_at, zone),
        channel=order.channel.name,
        total=_amount(order.total_minor, order.currency),
    )
    return "\n".join([placed, *rows])


def _receipt(order: Order, zone: str) -> str:
    papers = Document.objects.filter(order=order).order_by("id")[:_LINES_MAX]
    return "\n".join(
        _("{kind} {number} of {moment}: {total}").format(
            kind=paper.kind.replace("_", " ").capitalize(),
            number=paper.number,
            moment=_moment(paper.issued_at, zone),
            total=_amount(paper.total_minor, paper.currency),
        )
        for paper in papers
    )


def _delivery(order: Order, zone: str) -> str:
    names = {str(line.id): line.name for line in OrderLine.objects.filter(order=order)}
    rows = []
    for handed in Fulfilment.objects.select_related("store").filter(order=order).order_by("id")[:_LINES_MAX]:
        goods = ", ".join(f"{quantity} × {names.get(str(line), '')}" for line, quantity in handed.lines)
        place = handed.store.name if handed.store else ""
        rows.append(f"{_moment(handed.fulfilled_at, zone)} {place}: {goods}")
    if rows and (address := order.delivery.get("shipping_address")):
        rows.append(_("Delivered to: {address}").format(address=_address(address)))
    return "\n".join(rows)


def _payment(payment: Payment, zone: str) -> str:
    rows = [
        _("{amount} on {moment}, {method}").format(
            amount=_amount(payment.captured_minor, payment.currency),
            moment=_moment(payment.created_at, zone),
            method=f"{payment.card_brand or payment.method} •{payment.card_last4 or '—'}",
        )
    ]
    if payment.auth_code:
        rows.append(_("Authorisation code {code}").format(code=payment.auth_code))
    if payment.gateway_reference:
        rows.append(_("The processor's reference {reference}").format(reference=payment.gateway_reference))
    if payment.method == "card_present" and payment.store:
        rows.append(_("The card was present at {store}.").format(store=payment.store.name))
    told = Evidence.objects.filter(operation__payment=payment, operation__kind="authorise", changed_status=True)
    for one in told.order_by("id")[:_LINES_MAX]:
        if one.data.get("terminal"):
            rows.append(_("Terminal {serial}").format(serial=str(one.data["terminal"])[:60]))
        if one.outcome == "action_required":
            rows.append(
                _("The customer proved to the bank who they are on {moment}.").format(moment=_moment(one.at, zone))
            )
    return "\n".join(rows)


def _refunds(payment: Payment, zone: str) -> str:
    operations = Operation.objects.filter(payment=payment, kind="refund", status="succeeded").order_by("id")
    rows = [
        _("{amount} given back on {moment}, reference {reference}").format(
            amount=_amount(one.result_minor or one.amount_minor, one.currency),
            moment=_moment(one.finished_at or one.requested_at, zone),
            reference=one.reference,
        )
        for one in operations[:_LINES_MAX]
    ]
    rows += [
        _("Goods taken back on {moment}").format(moment=_moment(back.returned_at, zone))
        for back in Return.objects.filter(order_id=payment.order_id).order_by("id")[:_LINES_MAX]
    ]
    return "\n".join(rows)


def _messages(order: Order, zone: str) -> str:
    sent = Message.objects.filter(about=f"order:{order.id}", status="delivered").order_by("id")[:_LINES_MAX]
    return "\n".join(f"{_moment(mail.delivered_at or mail.created_at, zone)}: {mail.subject}" for mail in sent)


def _customer(order: Order, zone: str) -> str:
    if order.customer_id is None:
        return ""
    others = Order.objects.filter(customer_id=order.customer_id, captured_minor__gt=0).exclude(id=order.id)
    return "\n".join(
        f"{other.number}, {_moment(other.placed_at or other.created_at, zone)}, {_amount(other.total_minor, other.currency)}"
        for other in others.order_by("-id")[:5]
    )


def _address(address: object) -> str:
    return ", ".join(str(part) for part in address.values() if part) if isinstance(address, dict) else str(address)


def _amount(minor: int, currency: str) -> str:
    """The pack is read by a processor anywhere: one spelling, with the currency's code."""
    return money_text(Money(minor, currency), locale="en_GB")


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
