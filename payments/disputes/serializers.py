"""What disputes take in and give out over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.money import Money
from payments.disputes.models import Dispute, DisputeFile, DisputeMovement, DisputeNote, DisputeReply
from payments.disputes.pack import PackItem
from payments.disputes.queries import DisputeStory
from payments.disputes.replies import TEXT_LENGTH_MAX
from payments.disputes.states import PHASES, REASONS

MINOR_MAX = 2**53


class DisputeInput(serializers.Serializer[Any]):
    """A dispute that came by letter."""

    payment_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    reason = serializers.ChoiceField(choices=REASONS, default="other")
    phase = serializers.ChoiceField(choices=PHASES, default="chargeback")
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    external_id = serializers.RegexField(r"^[A-Za-z0-9_.:-]{1,80}$", required=False, default="")


class EvidenceInput(serializers.Serializer[Any]):
    """Our own words, and which pieces of the proposed pack go with them. Files that were added go too."""

    text = serializers.CharField(max_length=TEXT_LENGTH_MAX, required=False, allow_blank=True, default="")
    items = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=20, required=False, default=list
    )


class OutcomeInput(serializers.Serializer[Any]):
    """What a letter says became of the dispute; `returned_minor` only where less than all came back."""

    outcome = serializers.ChoiceField(choices=["won", "lost"])
    returned_minor = serializers.IntegerField(
        min_value=0, max_value=MINOR_MAX, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DisputeFileInput(serializers.Serializer[Any]):
    """A file for the evidence."""

    file = serializers.FileField(max_length=120)


def dispute_output(dispute: Dispute) -> dict[str, Any]:
    """Return a dispute as lists show it. Its account and payment are loaded by the caller."""
    payment = dispute.payment
    return {
        "id": str(dispute.id),
        "external_id": dispute.external_id,
        "gateway_account_id": str(dispute.gateway_account_id),
        "payment_id": str(payment.id) if payment else None,
        "order_id": str(payment.order_id) if payment else None,
        "order_number": payment.order.number if payment else None,
        "store_id": str(dispute.store_id) if dispute.store_id else None,
        "status": dispute.status,
        "phase": dispute.phase,
        "round": dispute.round,
        "reason": dispute.reason,
        "reason_text": dispute.reason_text,
        "amount": _money(dispute.amount_minor, dispute.currency),
        "at_stake": _money(dispute.held_minor, dispute.currency),
        "lost": _money(dispute.lost_minor, dispute.currency),
        "fee": _money(dispute.fee_minor, dispute.gateway_account.currency),
        "due_at": dispute.due_at.isoformat() if dispute.due_at else None,
        "zone": dispute.zone,
        "opened_at": dispute.opened_at.isoformat(),
        "submitted_at": dispute.submitted_at.isoformat() if dispute.submitted_at else None,
        "closed_at": dispute.closed_at.isoformat() if dispute.closed_at else None,
        "business_date": dispute.business_date.isoformat(),
        "origin": dispute.origin,
    }


def story_output(story: DisputeStory, pack: list[PackItem]) -> dict[str, Any]:
    """Return a dispute with its history and the proof that is proposed."""
    return {
        **dispute_output(story.dispute),
        "movements": [_movement_output(row) for row in story.movements],
        "notes": [_note_output(row) for row in story.notes],
        "answers": [reply_output(row) for row in story.replies],
        "files": [file_output(row) for row in story.files],
        "evidence_pack": [{**item.stored, "is_wanted": item.is_wanted} for item in pack],
    }


def reply_output(reply: DisputeReply) -> dict[str, Any]:
    """Return an answer of ours."""
    return {
        "id": str(reply.id),
        "kind": reply.kind,
        "status": reply.status,
        "round": reply.round,
        "reference": reply.reference,
        "text": reply.text,
        "items": reply.items,
        "files": reply.files,
        "refusal": reply.refusal or None,
        "asked_by": reply.asked_by,
        "asked_at": reply.asked_at.isoformat(),
        "answered_at": reply.answered_at.isoformat() if reply.answered_at else None,
    }


def file_output(file: DisputeFile) -> dict[str, Any]:
    """Return a file of the evidence, without its bytes."""
    return {
        "id": str(file.id),
        "name": file.name,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "content_type": file.content_type,
        "added_by": file.added_by,
        "added_at": file.added_at.isoformat(),
    }


def _movement_output(row: DisputeMovement) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "amount": _money(row.amount_minor, row.currency),
        "settlement_line_id": str(row.settlement_line_id) if row.settlement_line_id else None,
        "business_date": row.business_date.isoformat(),
        "at": row.at.isoformat(),
    }


def _note_output(row: DisputeNote) -> dict[str, Any]:
    return {
        "source": row.source,
        "said": row.said,
        "text": row.text,
        "changed": row.changed,
        "at": row.at.isoformat(),
    }


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": Money(minor, currency).minor, "currency": currency}
