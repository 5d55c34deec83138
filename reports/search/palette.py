"""
What ⌘K finds: the object that was pasted, else pages and acts by name.

What somebody pasted is told by its shape, so each look is one or two into an index, and what the caller may not see is not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.filters import typed_id
from merchant.core.masking import mask_email, mask_name
from merchant.core.money import Money
from merchant.core.typed import typed_amount, typed_card
from merchant.customers.models import Customer
from merchant.customers.queries import CustomerFilters, find_customers
from merchant.merchants.models import Register
from orders.documents.models import Document
from orders.documents.services import number_words
from orders.order.models import Order
from orders.order.queries import OrderFilters, find_orders, list_keys_beginning
from payments.records import words
from payments.records.models import Payment
from payments.records.queries import PaymentFilters, find_payments
from payments.settlement.models import Payout
from reports.search import places
from reports.search.order_pages import customer_words, payment_status
from reports.search.palette_pages import Hit, HitGroup, Palette
from reports.search.payment_pages import shown_status
from terminals.pos.models import OfflineSale

_OF_A_KIND_MAX = 5
_PLACES_MAX = 8
# A till's receipt is printed as the till's name, a dash and its number.
_RECEIPT = re.compile(r"(?P<register>.{1,80}?)\s*-\s*(?P<number>\d{1,9})")
# Three letters of a name at least, and no digit.
_NAME_PART = re.compile(r"[^\W\d_][^\d@]{2,79}")
_NUMBERED = ("invoice", "credit_note", "receipt", "refund_receipt")
# The first letters of an order's number, from as many on as tell something.
_NUMBER_PART = re.compile(r"[0-9A-Z]{3,20}")


def build_palette(text: str, caller: Caller) -> Palette:
    """Return what `text` leads to, with at most eight statements; without a text where one can go at all, with none."""
    text = text.strip()[:80]
    groups = [(title, find(text, caller)) for title, find in _finders(text, caller)] if text else []
    acts = places.matching(places.ACTS, text, caller)[:_PLACES_MAX]
    pages = places.matching(places.list_pages() if text else places.list_first(), text, caller)
    groups += [(_("Actions"), _led(acts)), (_("Pages"), _led(pages[:_PLACES_MAX] if text else pages))]
    shown = tuple(HitGroup(title, tuple(hits)) for title, hits in groups if hits)
    return Palette(text, shown, f"/search/?{urlencode({'q': text})}" if text else "/search/")


def find_others(text: str, caller: Caller) -> list[Hit]:
    """Return the receipts, payouts and customers of `text`, for the page that shows orders and payments itself."""
    shown = (find_order_hits, find_payment_hits)
    return [hit for _title, find in _finders(text, caller) if find not in shown for hit in find(text, caller)]


def _led(found: Iterable[places.Place]) -> list[Hit]:
    return [Hit(str(place.label), place.url, place.icon, shortcut=place.shortcut) for place in found]


Finder = Callable[[str, Caller], list[Hit]]


def _finders(text: str, caller: Caller) -> list[tuple[str, Finder]]:
    """Return where to look, in the order in which it is shown."""
    orders, payments = ("order.read", _("Orders"), find_order_hits), ("payment.read", _("Payments"), find_payment_hits)
    receipts, payouts = (
        ("order.read", _("Receipts"), find_receipt_hits),
        ("settlement.read", _("Payouts"), find_payout_hits),
    )
    people = ("customer.read", _("Customers"), find_customer_hits)
    if "@" in text:
        looks = [people, orders]
    elif typed_card(text) is not None:
        looks = [payments, orders, receipts]
    elif typed_amount(text) is not None or typed_id(text) is not None:
        looks = [payments, orders, payouts]
    elif " " not in text or _RECEIPT.fullmatch(text):
        looks = [orders, payments, receipts, payouts]
    else:
        looks = []
    if _NAME_PART.fullmatch(text):
        looks.append(people)
    return [(title, find) for right, title, find in looks if caller.has_right(right)]


def find_order_hits(text: str, caller: Caller) -> list[Hit]:
    """Return the orders of a number, its beginning, an e-mail address, a total or an id, the newest first, with at most two statements."""
    if _is_part_of_number(text) and (keys := list_keys_beginning(text, most=_OF_A_KIND_MAX)):
        filters = OrderFilters(ids=tuple(keys), only_stores=caller.stores)
    elif typed_card(text) is not None:
        return []
    else:
        filters = OrderFilters(text=text, only_stores=caller.stores)
    rows = find_orders(filters).select_related("channel", "store", "customer").order_by("-id")[:_OF_A_KIND_MAX]
    return [_order_hit(order, caller) for order in rows]


def _is_part_of_number(text: str) -> bool:
    return _NUMBER_PART.fullmatch(text.upper()) is not None and typed_id(text) is None


def _order_hit(order: Order, caller: Caller) -> Hit:
    who = customer_words(order, is_masked=caller.is_masked)
    return Hit(
        label=order.number,
        url=f"/orders/{order.id}/",
        icon="receipt-text",
        note=", ".join(part for part in (who, order.store.name if order.store else order.channel.name) if part),
        amount=Money(order.total_minor, order.currency),
        at=order.placed_at or order.created_at,
        family="order_payment",
        status=payment_status(order, is_unknown=False),
    )


def find_customer_hits(text: str, caller: Caller) -> list[Hit]:
    """Return the customers of a name or an e-mail address, the newest first, with one statement. Who sees them masked finds them by the whole of it only."""
    is_whole = caller.is_masked or "@" in text
    found = find_customers(CustomerFilters(text=text, is_exact=is_whole)).order_by("-id")[:_OF_A_KIND_MAX]
    return [_customer_hit(customer, is_masked=caller.is_masked) for customer in found]


def _customer_hit(customer: Customer, *, is_masked: bool) -> Hit:
    name, email = customer.name, customer.email
    if is_masked:
        name, email = mask_name(name), mask_email(email)
    return Hit(name or email, f"/customers/{customer.id}/", "users", email if name else "")


def find_payment_hits(text: str, caller: Caller) -> list[Hit]:
    """Return the payments of an order's number, a card, an amount, an id or a reference, the newest first, with one statement."""
    found = find_payments(PaymentFilters(text=text, only_stores=caller.stores))
    rows = found.select_related("order__channel", "store").order_by("-id")[:_OF_A_KIND_MAX]
    return [_payment_hit(payment) for payment in rows]


def _payment_hit(payment: Payment) -> Hit:
    card = f" •{payment.card_last4}" if payment.card_last4 else ""
    place = payment.store.name if payment.store else payment.order.channel.name
    return Hit(
        label=f"{words.method_words(payment.method, payment.card_brand)}{card}",
        url=f"/payments/{payment.id}/",
        icon="credit-card",
        note=f"{payment.order.number}, {place}",
        amount=Money(payment.amount_minor, payment.currency),
        at=payment.created_at,
        family="payment",
        status=shown_status(payment),
    )


def find_receipt_hits(text: str, caller: Caller) -> list[Hit]:
    """Return the papers of a printed number, with three statements: also of one that a till printed without a line and the books know by another."""
    series = list(_NUMBERED) if text.isdecimal() else []
    registers: list[UUID] = []
    number = text if text.isdecimal() else ""
    if (printed := _RECEIPT.fullmatch(text)) is not None:
        named = Q(name__iexact=printed["register"]) | Q(code__iexact=printed["register"])
        registers = list(Register.objects.filter(named).values_list("id", flat=True)[:50])
        series += [f"register:{key}" for key in registers]
        number = printed["number"]
    if not series or not number or len(number) > 9:
        return []
    offline = landed_as_printed(registers, int(number))
    numbered = Q(series__in=series, number=int(number), order__isnull=False)
    renumbered = Q(order_id__in=list(offline.values_list("order_id", flat=True)[:_OF_A_KIND_MAX]), kind="receipt")
    rows = Document.objects.select_related("order__store").filter(numbered | renumbered)
    return [
        _receipt_hit(paper)
        for paper in rows.order_by("-id")[:_OF_A_KIND_MAX]
        if caller.may_use_store(paper.order.store_id)
    ]


def landed_as_printed(registers: Sequence[UUID], number: int) -> QuerySet[OfflineSale]:
    """Return the sales that tills without a line printed `number` for."""
    return OfflineSale.objects.filter(register_id__in=registers, printed_number=number, status="landed")


def _receipt_hit(paper: Document) -> Hit:
    return Hit(
        label=number_words(paper),
        url=f"/orders/{paper.order_id}/",
        icon="receipt-text",
        note=str(paper.content.get("order_number", "")),
        amount=Money(paper.total_minor, paper.currency),
        at=paper.issued_at,
    )


def find_payout_hits(text: str, caller: Caller) -> list[Hit]:
    """Return the payouts of a reference, an amount or an id, with one statement. They are the whole merchant's."""
    if caller.stores is not None:
        return []
    amount, key = typed_amount(text), typed_id(text)
    named = Q(amount_minor=amount.minor) if amount else Q(id=key) if key else Q(reference=text)
    rows = Payout.objects.select_related("gateway_account").filter(named).order_by("-id")[:_OF_A_KIND_MAX]
    return [
        Hit(
            label=payout.reference,
            url=f"/payouts/{payout.id}/",
            icon="landmark",
            note=payout.gateway_account.name,
            amount=Money(payout.amount_minor, payout.currency),
            family="payout",
            status=payout.status,
        )
        for payout in rows
    ]
