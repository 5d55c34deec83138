"""Pieces sent from one store to another: off one shelf at once, on the other when they arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.receiving.deliveries import Arrived
from inventory.receiving.models import Transfer, TransferLine
from inventory.receiving.states import TRANSFER
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.ids import readable_code
from merchant.core.states import move


class TransferOver(AppError):
    """The transfer is finished."""

    code = "transfer_over"
    detail = "Transfer {number} is {status}."


class MoreThanSent(AppError):
    """More pieces would arrive than are on the way."""

    code = "more_than_sent"
    detail = "Only {left} pieces of {article} are on the way."
    next_step = (
        "Count again. If the sender packed too many, let the sender correct its stock and send the rest as a transfer."
    )


@transaction.atomic
def send_transfer(
    *, store_from: UUID, store_to: UUID, pieces: Mapping[UUID, int], note: str, names: Mapping[UUID, str], now: datetime
) -> Transfer:
    """
    Take free pieces (by variant) off the shelf of one store and put them on the way to another. Locks the levels in variant order.

    :raises InsufficientStock: if fewer are free; nothing leaves. :raises Invalid: without pieces, or to the same store.
    """
    if store_from == store_to or not pieces or any(quantity < 1 for quantity in pieces.values()):
        raise Invalid(reason=_("a transfer needs two stores and at least one piece of each article"))
    transfer: Transfer = Transfer.objects.create(
        number=readable_code(8), store_from_id=store_from, store_to_id=store_to, note=note, sent_at=now
    )
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, variant_id=variant, sent_quantity=quantity)
        for variant, quantity in pieces.items()
    )
    stock.take(
        pieces=[Pieces(variant, quantity, name=names.get(variant, "")) for variant, quantity in pieces.items()],
        store_id=store_from,
        source=f"transfer:{transfer.id}",
        now=now,
        kind="transferred",
    )
    audit.record("transfer.sent", subject=f"transfer:{transfer.id}", now=now, data={"pieces": sum(pieces.values())})
    _tell(transfer, list(pieces), "transferred")
    return transfer


@transaction.atomic
def receive_transfer(*, transfer_id: UUID, arrived: Sequence[Arrived], now: datetime) -> Transfer:
    """
    Put pieces that arrived on the shelf of the receiving store; the rest stays on the way. Locks the transfer, then the levels.

    :raises MoreThanSent: beyond what is on the way; nothing is booked. :raises TransferOver: once it is finished.
    """
    transfer = _locked(transfer_id)
    lines = {line.variant_id: line for line in TransferLine.objects.filter(transfer=transfer).select_related("variant")}
    for came in arrived:
        line = lines.get(came.variant_id)
        left = line.on_the_way if line else 0
        if line is None or came.received < 0 or came.damaged < 0 or not 0 < came.received + came.damaged <= left:
            raise MoreThanSent(article=line.variant.sku if line else str(came.variant_id), left=left)
        line.received_quantity += came.received
        line.damaged_quantity += came.damaged
        line.save(update_fields=["received_quantity", "damaged_quantity"])
    _shelve(transfer, {came.variant_id: came.received for came in arrived}, store_id=transfer.store_to_id, now=now)
    if not any(line.on_the_way for line in lines.values()):
        move(transfer, TRANSFER, "received", finished_at=now)
    elif transfer.status == "sent":
        move(transfer, TRANSFER, "partial")
    data = {"received": sum(came.received for came in arrived), "damaged": sum(came.damaged for came in arrived)}
    audit.record("transfer.received", subject=f"transfer:{transfer.id}", now=now, data=data)
    _tell(transfer, [came.variant_id for came in arrived], "transferred")
    return transfer


@transaction.atomic
def close_transfer(*, transfer_id: UUID, is_back: bool, now: datetime) -> Transfer:
    """
    Wait no longer for what is on the way: it is back at the sender (`is_back`), or lost. Locks the transfer, then the levels.

    :raises TransferOver: once it is finished.
    """
    transfer = _locked(transfer_id)
    left = {line: line.on_the_way for line in TransferLine.objects.filter(transfer=transfer) if line.on_the_way}
    for line, quantity in left.items():
        line.returned_quantity += quantity if is_back else 0
        line.lost_quantity += 0 if is_back else quantity
        line.save(update_fields=["returned_quantity", "lost_quantity"])
    if is_back:
        back = {line.variant_id: quantity for line, quantity in left.items()}
        _shelve(transfer, back, store_id=transfer.store_from_id, now=now)
    move(transfer, TRANSFER, "closed", finished_at=now)
    data = {"pieces": sum(left.values()), "is_back": is_back}
    audit.record("transfer.closed", subject=f"transfer:{transfer.id}", now=now, data=data)
    _tell(transfer, [line.variant_id for line in left], "transferred")
    return transfer


def _shelve(transfer: Transfer, pieces: Mapping[UUID, int], *, store_id: UUID, now: datetime) -> None:
    stock.put_in(
        pieces=[Pieces(variant, quantity) for variant, quantity in pieces.items() if quantity],
        store_id=store_id,
        kind="transferred",
        source=f"transfer:{transfer.id}",
        now=now,
        reason=transfer.number,
    )


def _tell(transfer: Transfer, variants: list[UUID], why: str) -> None:
    for store_id in (transfer.store_from_id, transfer.store_to_id):
        stock.tell_changed(store_id=store_id, variant_ids=variants, why=why)


def _locked(transfer_id: UUID) -> Transfer:
    transfer: Transfer | None = Transfer.objects.select_for_update().filter(id=transfer_id).first()
    if transfer is None:
        raise NotFound()
    if transfer.status in TRANSFER.final:
        raise TransferOver(number=transfer.number, status=transfer.status)
    return transfer
