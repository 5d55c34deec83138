"""Orders drawn for staff: one row, one order with lines, money, goods, papers and timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.audit.models import AuditEntry
from merchant.core.callers import Caller
from merchant.core.masking import mask_email, mask_name
from merchant.core.money import Money
from merchant.core.pages.display import money_text, percent_text
from merchant.core.pages.parts import Action, Fact, Notice, Stat
from merchant.core.pages.shell import current_locale
from merchant.sales_channels.pages import CHANNEL_ICONS
from orders.feedback import queries as feedback
from orders.feedback.pages import rating_words
from orders.fulfilment import queries as fulfilment
from orders.order.models import Order, OrderLine
from orders.order.pages import OrderDetailPage, OrderLineRow, OrderPaymentRow, OrderRow
from orders.order.queries import is_sent, overpaid_minor
from payments.records import words
from payments.records.models import Payment
from reports.search import queries
from reports.search.order_timeline import order_timeline
from reports.search.queries import ListedOrder, Marks, OrderStory

PAPERS = {
    "receipt": gettext_lazy("Receipt"), "refund_receipt": gettext_lazy("Refund receipt"), "invoice": gettext_lazy("Invoice"),
    "credit_note": gettext_lazy("Credit note"),
}  # fmt: skip


def order_rows(found: Sequence[ListedOrder], *, is_masked: bool) -> tuple[OrderRow, ...]:
    """Return orders as lists show them, with one statement for what stands in other tables."""
    marks = queries.get_marks([order.id for order in found])
    return tuple(order_row(order, marks.get(order.id, Marks()), is_masked=is_masked) for order in found)


def order_row(order: ListedOrder, marks: Marks, *, is_masked: bool = False) -> OrderRow:
    """Return an order as lists show it."""
    name, email = order.customer_name or "", order.customer_email or ""
    return OrderRow(
        id=str(order.id),
        url=f"/orders/{order.id}/",
        number=order.number,
        placed_at=order.placed_at or order.created_at,
        total=Money(order.total_minor, order.currency),
        status=order.status,
        payment_status=payment_status(order, is_unknown=marks.is_unknown),
        fulfilment_status=order.fulfilment_status,
        customer=_buyer(order, name, email, is_masked=is_masked),
        channel=order.channel_name,
        channel_icon=CHANNEL_ICONS.get(order.channel_kind, "globe"),
        place=order.store_name or "",
        items=marks.pieces,
    )


def payment_status(order: Order | ListedOrder, *, is_unknown: bool) -> str:
    """Return a value of the order_payment family, derived from the order's money."""
    if is_unknown:
        return "unknown"
    if order.total_minor == 0:
        return "free"
    if order.refunded_minor:
        return "refunded" if order.refunded_minor >= order.captured_minor else "partly_refunded"
    if order.captured_minor >= order.total_minor:
        return "paid"
    if order.secured_minor >= order.total_minor:
        return "secured"
    return "part_paid" if order.secured_minor else "unpaid"


def customer_words(order: Order, *, is_masked: bool) -> str:
    """Return who bought, as far as the reader may know."""
    name, email = (order.customer.name, order.customer.email) if order.customer else ("", "")
    return _buyer(order, name, email, is_masked=is_masked)


def _buyer(order: Order | ListedOrder, name: str, email: str, *, is_masked: bool) -> str:
    name, email = name or str(order.delivery.get("name", "")), order.email or email
    if is_masked:
        return mask_email(email) or mask_name(name)
    return name or email


def _customer_url(order: Order, caller: Caller) -> str:
    may = order.customer_id is not None and caller.has_right("customer.read")
    return f"/customers/{order.customer_id}/" if may else ""


def order_page(story: OrderStory, audit: list[AuditEntry], *, caller: Caller) -> OrderDetailPage:
    """Return one order with the actions `caller` has a right to."""
    order = story.order
    is_unknown = any(payment.status == "unknown" for payment in story.payments)
    return OrderDetailPage(
        id=str(order.id),
        number=order.number,
        placed_at=order.placed_at or order.created_at,
        total=Money(order.total_minor, order.currency),
        status=order.status,
        payment_status=payment_status(order, is_unknown=is_unknown),
        fulfilment_status=order.fulfilment_status,
        lines=tuple(_line_row(line, order.currency) for line in story.lines),
        sums=_sums(order),
        payments=tuple(_payment_row(payment) for payment in story.payments),
        facts=_facts(story, caller),
        timeline=order_timeline(story, audit),
        actions=_actions(story, caller),
        documents=tuple(_document(row, order.currency, is_masked=caller.is_masked) for row in story.documents),
        notice=_notice(order, is_unknown, caller),
    )


def _line_row(line: OrderLine, currency: str) -> OrderLineRow:
    note = _("less {amount}").format(amount=Money(line.discount_minor, currency)) if line.discount_minor else ""
    return OrderLineRow(
        sku=line.sku,
        name=line.name,
        note=note,
        quantity=line.quantity,
        unit_price=Money(line.unit_price_minor, currency),
        tax_rate=percent_text(line.tax_rate_basis_points / 100, locale=current_locale(), decimals="##"),
        total=Money(line.total_minor, currency),
        handed_over=line.fulfilled_quantity,
        returned=line.returned_quantity,
    )


def _sums(order: Order) -> tuple[Stat, ...]:
    def money(minor: int) -> Money:
        return Money(minor, order.currency)

    sums = [Stat(_("Net"), money(order.total_minor - order.tax_minor)), Stat(_("Tax"), money(order.tax_minor))]
    if order.discount_minor:
        sums.insert(0, Stat(_("Discount"), money(-order.discount_minor), icon="tag"))
    sums.append(Stat(_("Total"), money(order.total_minor), tone="total"))
    if order.captured_minor:
        sums.append(Stat(_("Paid"), money(order.captured_minor)))
    if order.secured_minor > order.captured_minor:
        sums.append(Stat(_("Authorised, not captured"), money(order.secured_minor - order.captured_minor)))
    if order.refunded_minor:
        sums.append(Stat(_("Refunded"), money(-order.refunded_minor)))
    if order.status != "cancelled" and order.total_minor > order.secured_minor:
        sums.append(Stat(_("Still to pay"), money(order.total_minor - order.secured_minor), tone="total"))
    return tuple(sums)


def _payment_row(payment: Payment) -> OrderPaymentRow:
    hint = f" •{payment.card_last4}" if payment.card_last4 else ""
    return OrderPaymentRow(
        url=f"/payments/{payment.id}/",
        taken_at=payment.created_at,
        method=words.method_words(payment.method, payment.card_brand) + hint,
        amount=Money(payment.amount_minor + payment.rounding_minor, payment.currency),
        status=payment.status,
        note=_cash_words(payment),
    )


def _cash_words(payment: Payment) -> str:
    """How the drawer's cash comes from what was due, and from what was given: each is said where it is not nothing."""

    def written(minor: int) -> str:
        return money_text(Money(minor, payment.currency), locale=current_locale())

    taken = payment.amount_minor + payment.rounding_minor
    given = payment.tendered_minor or taken
    told = []
    if payment.rounding_minor:
        told.append(_("with {amount} cash rounding").format(amount=written(payment.rounding_minor)))
    if given > taken:
        told.append(_("{given} given, {change} change").format(given=written(given), change=written(given - taken)))
    return ", ".join(told)


def _facts(story: OrderStory, caller: Caller) -> tuple[Fact, ...]:
    order = story.order
    place = order.store.name if order.store else ""
    facts = [
        Fact(_("Channel"), order.channel.name, note=place),
        Fact(_("Customer"), customer_words(order, is_masked=caller.is_masked) or "—", _customer_url(order, caller)),
        Fact(_("Business day"), order.business_date),
    ]
    if order.email and not caller.is_masked:
        facts.append(Fact(_("E-mail"), order.email))
    address = order.delivery.get("shipping_address") or {}
    if address and not caller.is_masked:
        facts.append(Fact(_("Goes to"), _address_words(address)))
    if way := order.delivery.get("method_name") or order.delivery.get("method"):
        facts.append(Fact(_("Delivery"), str(way)))
    if order.register:
        facts.append(Fact(_("Till"), order.register.name))
    if order.note:
        facts.append(Fact(_("Note"), order.note))
    facts += [
        Fact(_("Parcel"), f"{parcel.carrier} {parcel.number}", url=parcel.url)
        for parcel in fulfilment.list_shipments(order.id)
    ]
    if (said := feedback.find_of_order(order.id)) is not None:
        facts.append(Fact(_("Feedback"), rating_words(said.rating), note=said.text))
    return (*facts, Fact(_("Identifier"), str(order.id), is_identifier=True))


def _address_words(address: dict[str, Any]) -> str:
    """Return an address in the order in which it stands on a parcel."""
    town = " ".join(str(address[name]) for name in ("postal_code", "city") if address.get(name))
    lines = [str(address.get(name) or "") for name in ("name", "line1", "line2")]
    return ", ".join(line for line in (*lines, town, str(address.get("country") or "")) if line)


def _document(row: dict[str, Any], currency: str, *, is_masked: bool) -> Fact:
    """A paper leads to itself, but not where it names a buyer whom the reader sees masked."""
    total, names_buyer = Money(row["total_minor"], currency), row["kind"] in ("invoice", "credit_note")
    url = "" if is_masked and names_buyer else f"/r/{row['access_token']}/"
    return Fact(f"{PAPERS.get(row['kind'], row['kind'])} {row['number']}", total, url)


def _actions(story: OrderStory, caller: Caller) -> tuple[Action, ...]:
    order = story.order
    is_left = any(line.fulfilled_quantity < line.quantity for line in story.lines)
    is_secured = order.secured_minor >= order.total_minor
    actions = []
    if is_left and is_secured and order.status == "open" and caller.has_right("order.fulfil"):
        actions.append(
            Action(
                _("Hand over"), f"/orders/{order.id}/hand-over/", "package-check", "post", "primary", key=str(uuid4())
            )
        )
    is_over = order.status in ("draft", "cancelled") or order.cancel_asked_at is not None
    if not is_over and is_sent(order) and caller.has_right("order.fulfil"):
        actions.append(Action(_("Parcel"), f"/orders/{order.id}/shipments/", "truck"))
    may_cancel = order.status in ("draft", "open") and order.cancel_asked_at is None and not order.handed_over_minor
    if may_cancel and caller.has_right("order.cancel"):
        actions.append(Action(_("Cancel"), f"/orders/{order.id}/cancel/", "ban", "post", key=str(uuid4())))
    if order.captured_minor > order.refunded_minor and caller.has_right("refund.create"):
        actions.append(Action(_("Refund"), f"/orders/{order.id}/refund/", "undo-2", "dialog", shortcut="r"))
        if any(line.kind == "gift_card" and line.fulfilled_quantity for line in story.lines):
            actions.append(Action(_("Take a gift card back"), f"/orders/{order.id}/card-return/", "gift", "dialog"))
    if caller.has_right("invoice.create"):
        actions += _invoice_actions(story)
    if not is_secured and order.status == "open" and caller.has_right("link.create"):
        actions.append(Action(_("Payment link"), f"/orders/{order.id}/link/", "link", "post", key=str(uuid4())))
    if not is_secured and order.status == "open":
        actions.append(Action(_("Bank transfer"), f"/orders/{order.id}/transfer/", "landmark"))
    return tuple(actions)


def _invoice_actions(story: OrderStory) -> list[Action]:
    """The invoice of an order, or what takes the one that holds back."""
    order = story.order
    invoice = next((row for row in story.documents if row["kind"] == "invoice" and row["is_live_invoice"]), None)
    if invoice is not None:
        return [Action(_("Credit note"), f"/invoices/{invoice['id']}/credit-note/", "undo-2", "dialog")]
    if order.status in ("open", "completed"):
        return [Action(_("Invoice"), f"/orders/{order.id}/invoice/", "file-text", "dialog")]
    return []


def _notice(order: Order, is_unknown: bool, caller: Caller) -> Notice | None:
    over = Money(overpaid_minor(order), order.currency)
    if over:
        press = Action(_("Refund it"), f"/orders/{order.id}/refund-overpayment/", "undo-2", "post", key=str(uuid4()))
        return Notice(
            "warn",
            _("{amount} was paid twice.").format(amount=over),
            _("A second payment succeeded after the order was paid."),
            "copy",
            press if caller.has_right("refund.create") else None,
        )
    if order.cancel_asked_at is not None and order.status != "cancelled":
        text = _("Its goods are for sale again. It is cancelled once its money is back with the customer.")
        return Notice("warn", _("This order is being cancelled."), text, "undo-2")
    if not is_unknown:
        return None
    return Notice(
        "warn",
        _("A payment of this order has no answer yet."),
        _("Do not charge again; its outcome is being asked for."),
        "circle-question-mark",
    )
