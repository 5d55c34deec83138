"""Reads that put a customer's orders, money, papers and messages side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Upper

from merchant.core.audit.models import AuditEntry
from merchant.core.pagination import Page
from merchant.core.pagination import page as paged
from merchant.customers import queries as customers
from merchant.customers.models import Customer, CustomerConsent
from merchant.customers.queries import CustomerFilters
from merchant.messages.models import Message
from orders.documents.models import Document
from orders.fulfilment.models import Fulfilment, Return
from orders.order.models import Order, OrderLine
from payments.disputes.models import Dispute
from payments.records.models import Operation, Payment, StoredCredential
from payments.records.queries import with_stage
from payments.vouchers.models import Voucher
from reports.search.queries import Cursor

# Further orders are a list of their own; what hangs on these is shown whole.
ORDERS_MAX = 50
_ENTRIES_MAX = 60
# A mail for every order, one when it is ready, one for each refund.
_MESSAGES_MAX = 30


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer bought in one currency: orders, and what was kept of the money, in minor units."""

    currency: str
    orders: int
    kept_minor: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row of the list says of a customer."""

    bought: tuple[Bought, ...] = ()
    last_at: Any = None

    @property
    def orders(self) -> int:
        """Return how many orders there are over all currencies."""
        return sum(part.orders for part in self.bought)


def list_customers(filters: CustomerFilters, cursor: Cursor) -> Page[Customer]:
    """Return one page of customers, newest first or by name, with one statement, or two where a number of an order was typed."""
    rows = customers.find_customers(filters)
    if filters.text:
        number = filters.text.upper().lstrip("#")
        buyers = Order.objects.filter(number=number, customer_id__isnull=False).values_list("customer_id", flat=True)
        if (buyer := buyers.first()) is not None:
            rows = Customer.objects.filter(id=buyer)
    if filters.sort == "name":
        return customers.page_by_name(rows, after=cursor.after, before=cursor.before, size=cursor.size)
    return paged(rows, after=cursor.after, before=cursor.before, size=cursor.size)


def standings(customer_ids: Collection[UUID], *, stores: Collection[UUID] | None) -> dict[UUID, Standing]:
    """Return what each customer bought in the stores given (None: everywhere) and online, with one statement."""
    rows = _seen(Order.objects.filter(customer_id__in=customer_ids), stores).exclude(status="draft")
    sums = rows.values("customer_id", "currency").annotate(
        number=Count("id"), captured=Sum("captured_minor"), refunded=Sum("refunded_minor"), last=Max("created_at")
    )
    found: dict[UUID, Standing] = {}
    for row in sums.order_by("customer_id", "currency"):
        before = found.get(row["customer_id"], Standing())
        part = Bought(row["currency"], row["number"], row["captured"] - row["refunded"])
        last = max(filter(None, (before.last_at, row["last"])))
        found[row["customer_id"]] = Standing((*before.bought, part), last)
    return found


@dataclass(frozen=True, slots=True)
class CustomerStory:
    """Everything the merchant has with one person, the newest first."""

    customer: Customer
    standing: Standing
    orders: Sequence[Order]
    items: dict[UUID, int]
    unknown: set[UUID]
    payments: Sequence[Payment]
    refunds: Sequence[Operation]
    disputes: Sequence[Dispute]
    vouchers: Sequence[Voucher]
    papers: Sequence[Document]
    cards: Sequence[StoredCredential]
    consents: Sequence[CustomerConsent]
    messages: Sequence[Message]
    audit: Sequence[AuditEntry]
    hand_overs: Sequence[Fulfilment]
    returns: Sequence[Return]
    likely_same: Sequence[Customer]


def get_story(customer: Customer, *, stores: Collection[UUID] | None, orders_max: int = ORDERS_MAX) -> CustomerStory:
    """Return what there is of a customer's latest orders in the stores given (None: everywhere) and online, with a fixed number of statements."""
    bought = _seen(Order.objects.filter(customer_id=customer.id), stores).select_related("channel", "store", "customer")
    orders = list(bought.order_by("-id")[:orders_max])
    ids = [order.id for order in orders]
    lines = list(OrderLine.objects.filter(order_id__in=ids).values_list("order_id", "id", "kind", "quantity"))
    payments = list(
        with_stage(Payment.objects.filter(order_id__in=ids))
        .select_related("order__channel", "store", "gateway_account")
        .order_by("-id")
    )
    asked = list(
        Operation.objects.filter(order_id__in=ids).filter(Q(kind="refund") | Q(status="unknown")).order_by("-id")
    )
    refunds = [operation for operation in asked if operation.kind == "refund"]
    about = [f"order:{key}" for key in ids]
    return CustomerStory(
        customer=customer,
        standing=standings([customer.id], stores=stores).get(customer.id, Standing()),
        orders=orders,
        items=_pieces(lines),
        unknown={operation.order_id for operation in asked if operation.status == "unknown"},
        payments=payments,
        refunds=refunds,
        disputes=list(Dispute.objects.filter(payment__in=payments).select_related("payment__order").order_by("-id")),
        vouchers=list(Voucher.objects.filter(origin__in=_origins(lines, refunds)).order_by("-id")),
        papers=list(Document.objects.filter(order_id__in=ids).defer("content").order_by("-id")),
        cards=list(StoredCredential.objects.filter(customer_id=customer.id).order_by("-id")),
        consents=customers.list_consents(customer.id),
        messages=list(_mails(customer, about).order_by("-id")[:_MESSAGES_MAX]),
        audit=_audited(customer, about),
        hand_overs=list(Fulfilment.objects.filter(order_id__in=ids).order_by("id")),
        returns=list(Return.objects.filter(order_id__in=ids).order_by("id")),
        likely_same=[] if customer.erased_at else customers.list_likely_same(customer),
    )


def _seen(rows: QuerySet[Order], stores: Collection[UUID] | None) -> QuerySet[Order]:
    return rows if stores is None else rows.filter(Q(store_id__in=stores) | Q(store_id=None))


def _pieces(lines: Sequence[tuple[UUID, UUID, str, int]]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for order_id, _line_id, kind, quantity in lines:
        if kind == "product":
            found[order_id] = found.get(order_id, 0) + quantity
    return found


def _origins(lines: Sequence[tuple[UUID, UUID, str, int]], refunds: Sequence[Operation]) -> list[str]:
    """What the person's gift cards and store credit were made for."""
    bought = [
        f"line:{line_id}:{piece}"
        for _order_id, line_id, kind, quantity in lines
        if kind == "gift_card"
        for piece in range(quantity)
    ]
    return bought + [f"refund:{refund.reference}" for refund in refunds]


def _mails(customer: Customer, about: Sequence[str]) -> QuerySet[Message]:
    addresses = [address.upper() for address in (customer.email, *customer.former_emails) if address]
    found = Message.objects.annotate(reader=Upper("recipient"))
    rows: QuerySet[Message] = found.filter(Q(about__in=about) | Q(reader__in=addresses))
    return rows


def _audited(customer: Customer, about: Sequence[str]) -> list[AuditEntry]:
    subjects = [f"customer:{customer.id}", *about]
    return list(AuditEntry.objects.filter(subject__in=subjects).order_by("-id")[:_ENTRIES_MAX])
