"""Reads of disputes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, typed_id
from merchant.core.typed import typed_amount
from payments.disputes.models import Dispute, DisputeFile, DisputeMovement, DisputeNote, DisputeReply
from payments.disputes.states import DISPUTE, OPEN_DISPUTE, PHASES, REASONS
from payments.gateways.base import DisputeNotice
from payments.records.models import Operation, Payment

WITH = ("gateway_account", "payment__order__channel", "payment__order__store", "payment__store")


def list_disputes() -> QuerySet[Dispute]:
    """Return every dispute of the merchant in scope."""
    rows: QuerySet[Dispute] = Dispute.objects.select_related(*WITH)
    return rows


def get_dispute(dispute_id: UUID | str) -> Dispute:
    """Return one dispute. :raises NotFound: if the merchant has none with that id."""
    dispute = list_disputes().filter(id=dispute_id).first()
    if dispute is None:
        raise NotFound()
    return dispute


def get_file(dispute_id: UUID, file_id: UUID) -> DisputeFile:
    """Return one file of a dispute. :raises NotFound: if it has none with that id."""
    file: DisputeFile | None = DisputeFile.objects.filter(dispute_id=dispute_id, id=file_id).first()
    if file is None:
        raise NotFound()
    return file


def list_of_payment(payment_id: UUID) -> list[Dispute]:
    """Return the disputes of a payment, oldest first."""
    return list(Dispute.objects.filter(payment_id=payment_id).order_by("id"))


def find_dispute(gateway_account_id: UUID, notice: DisputeNotice) -> Dispute | None:
    """Return the dispute a notice is about: by its own id, else by the processor's, else the one of the same payment and amount that nobody gave an id yet."""
    rows = Dispute.objects.filter(gateway_account_id=gateway_account_id)
    if (key := typed_id(str(notice.data.get("dispute_id", "")))) is not None:
        return rows.filter(id=key).first()
    if notice.external_id and (known := rows.filter(external_id=notice.external_id).first()):
        return known
    payment_id = find_disputed_payment(gateway_account_id, notice)
    if payment_id is None:
        return None
    nameless = rows.filter(payment_id=payment_id, external_id="", amount_minor=notice.amount_minor)
    return nameless.filter(status__in=OPEN_DISPUTE).order_by("id").first() if notice.external_id else None


def find_disputed_payment(gateway_account_id: UUID, notice: DisputeNotice) -> UUID | None:
    """Return the payment of the account that a notice names, by our reference of any of its operations or by the processor's."""
    ours = [notice.operation_reference] if notice.operation_reference else []
    theirs = [notice.payment_reference] if notice.payment_reference else []
    named = Q(reference__in=ours) | Q(gateway_reference__in=theirs)
    operations = Operation.objects.filter(named, payment__gateway_account_id=gateway_account_id)
    payment_id: UUID | None = operations.order_by("id").values_list("payment_id", flat=True).first()
    if payment_id is None and theirs:
        rows = Payment.objects.filter(gateway_account_id=gateway_account_id, gateway_reference__in=theirs)
        payment_id = rows.order_by("id").values_list("id", flat=True).first()
    return payment_id


@dataclass(frozen=True, slots=True)
class DisputeStory:
    """A dispute with everything that happened to it."""

    dispute: Dispute
    movements: list[DisputeMovement]
    notes: list[DisputeNote]
    replies: list[DisputeReply]
    files: list[DisputeFile]

    @property
    def reply_on_its_way(self) -> DisputeReply | None:
        """What was answered and not taken yet."""
        return next((reply for reply in self.replies if reply.status == "requested"), None)


def get_story(dispute_id: UUID | str) -> DisputeStory:
    """Return a dispute with its history, oldest first. :raises NotFound: if the merchant has none with that id."""
    dispute = get_dispute(dispute_id)
    return DisputeStory(
        dispute,
        list(DisputeMovement.objects.filter(dispute=dispute).order_by("id")),
        list(DisputeNote.objects.filter(dispute=dispute).order_by("id")),
        list(DisputeReply.objects.filter(dispute=dispute).order_by("id")),
        list(DisputeFile.objects.filter(dispute=dispute).order_by("id")),
    )


@dataclass(frozen=True, slots=True)
class DisputeFilters:
    """What a list of disputes is narrowed by. Empty fields do not narrow; `due_until` is a day, inclusive."""

    status: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    gateway_account_id: UUID | None = None
    store_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    text: str = ""
    order: str = ""
    only_stores: frozenset[UUID] | None = None


DISPUTE_FILTERS = ("status", "phase", "reason", "gateway_account", "store", "date_from", "date_to", "q", "order")
# What a list may be sorted by. Everything but the newest first leaves keyset pages and shows one page alone.
ORDERS = {"newest": "-id", "due": "due_at", "amount": "-amount_minor"}


def read_filters(params: Mapping[str, str], *, only_stores: Collection[UUID] | None = None) -> DisputeFilters:
    """
    Return the filters written in a query string; days are business days of opening, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=DISPUTE_FILTERS)
    return DisputeFilters(
        status=read.choices("status", DISPUTE.states),
        phase=read.choices("phase", PHASES),
        reason=read.choices("reason", REASONS),
        gateway_account_id=read.key("gateway_account"),
        store_id=read.key("store"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        text=read.text("q"),
        order=read.choice("order", ORDERS),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_disputes(filters: DisputeFilters) -> QuerySet[Dispute]:
    """Return the disputes of the merchant in scope that the filters let through, in no order yet."""
    wanted = {
        "status__in": filters.status,
        "phase__in": filters.phase,
        "reason__in": filters.reason,
        "gateway_account_id": filters.gateway_account_id,
        "store_id": filters.store_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
        "store_id__in": filters.only_stores,
    }
    rows: QuerySet[Dispute] = Dispute.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, "", ())}
    )
    return rows.filter(_named(filters.text)) if filters.text else rows


def _named(text: str) -> Q:
    text = text.strip().lstrip("#")
    if (amount := typed_amount(text)) is not None:
        return Q(amount_minor=amount.minor)
    if (key := typed_id(text)) is not None:
        return Q(id=key) | Q(payment_id=key)
    return Q(external_id=text) | Q(payment__order__number=text.upper())


def list_due(*, until: datetime) -> QuerySet[Dispute]:
    """Return disputes that wait for our answer and are due by `until`, the most urgent first."""
    return list_disputes().filter(status="evidence_due", due_at__lte=until).order_by("due_at", "id")
