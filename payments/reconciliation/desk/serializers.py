"""What the work on exceptions takes in and gives out over REST."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from merchant.ledger.recipes import Leg
from payments.reconciliation.desk import queries
from payments.reconciliation.desk.bulk import SELECTED_MAX, Answer
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.services import NOTE_LENGTH_MAX
from payments.reconciliation.desk.ways import BOOKABLE, CLOSING_WAYS, Standing, ways_of
from payments.reconciliation.models import Deviation

_WAYS = [way for way in CLOSING_WAYS if way != "rounding"]


class ResolveInput(serializers.Serializer[Any]):
    """
    How an exception is closed, and why.

    `account` goes with `book`, `partner` (the id or reference of a payment's operation or of a payout) with `link`; `approval_id` is needed above the caller's limit.
    """

    way = serializers.ChoiceField(choices=_WAYS)
    note = serializers.CharField(max_length=NOTE_LENGTH_MAX, allow_blank=True, default="")
    account = serializers.ChoiceField(choices=list(BOOKABLE), required=False, default="")
    partner = serializers.CharField(max_length=80, allow_blank=True, required=False, default="")
    approval_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class DecideManyInput(ResolveInput):
    """One way for many exceptions of one kind."""

    exception_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=SELECTED_MAX)


class NoteInput(serializers.Serializer[Any]):
    """Words that stay with an exception."""

    note = serializers.CharField(max_length=NOTE_LENGTH_MAX)


class UndoInput(serializers.Serializer[Any]):
    """Why a decision is taken back."""

    note = serializers.CharField(max_length=NOTE_LENGTH_MAX, allow_blank=True, default="")


class AssignInput(serializers.Serializer[Any]):
    """Whose work it is and by when; null for nobody, and for what the kind allows."""

    owner_id = serializers.UUIDField(allow_null=True, default=None)
    due_on = serializers.DateField(allow_null=True, default=None)


class WaitInput(serializers.Serializer[Any]):
    """Until when nobody need look at it."""

    until = serializers.DateField()
    note = serializers.CharField(max_length=NOTE_LENGTH_MAX, allow_blank=True, default="")


class CloseBatchInput(serializers.Serializer[Any]):
    """The batch to close: a settlement report or a bank statement."""

    report_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    statement_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    approval_id = serializers.UUIDField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two, not both."""
        if (attrs["report_id"] is None) == (attrs["statement_id"] is None):
            raise serializers.ValidationError(_("name a report or a statement"))
        return attrs


def exception_output(found: Deviation) -> dict[str, Any]:
    """Return an exception as REST shows it."""
    related = {
        name: str(getattr(found, name)) if getattr(found, name) else None
        for name in ("gateway_account_id", "operation_id", "settlement_line_id", "statement_line_id", "payout_id")
    }
    return {
        "id": str(found.id),
        "kind": found.kind,
        "status": found.status,
        "reference": found.reference,
        "amount": {"amount_minor": found.amount_minor, "currency": found.currency},
        "expected_minor": found.expected_minor,
        "found_minor": found.found_minor,
        "cause": found.cause,
        "business_date": found.business_date.isoformat(),
        "due_on": queries.due_on(found).isoformat(),
        "owner": {"id": str(found.owner_id), "name": str(found.owner.user)} if found.owner else None,
        "snoozed_until": found.snoozed_until.isoformat() if found.snoozed_until else None,
        "suggestions": found.suggestions,
        "found_at": found.found_at.isoformat(),
        "resolution": found.resolution,
        "resolved_at": found.resolved_at.isoformat() if found.resolved_at else None,
        **related,
    }


def work_output(found: Deviation, standing: Standing) -> dict[str, Any]:
    """Return an exception with the ways out of it and exactly what each would book."""
    decision = queries.find_decision(found)
    return {
        **exception_output(found),
        "undecided_minor": standing.minor,
        "proposals": ways_output(standing) if found.status == "open" else [],
        "decision": decision_output(decision) if decision else None,
    }


def ways_output(standing: Standing) -> list[dict[str, Any]]:
    """Return the ways out of an exception; for each account that may be chosen the legs that would be booked."""
    return [
        {
            "way": way.name,
            "is_proposed": way.is_proposed,
            "bookings": [
                {"account": account, "legs": [_leg(leg) for leg in legs]} for account, legs in way.legs.items() if legs
            ],
        }
        for way in ways_of(standing)
    ]


def _leg(leg: Leg) -> dict[str, Any]:
    side = "debit_minor" if leg.minor > 0 else "credit_minor"
    return {"kind": leg.kind, "subject": leg.subject, side: abs(leg.minor), "currency": leg.currency}


def decision_output(decision: Decision) -> dict[str, Any]:
    """Return a decision as REST shows it."""
    return {
        "id": str(decision.id),
        "exception_id": str(decision.deviation_id),
        "way": decision.way,
        "account": decision.account,
        "amount": {"amount_minor": decision.amount_minor, "currency": decision.currency},
        "note": decision.note,
        "journal_id": str(decision.journal_id) if decision.journal_id else None,
        "decided_by": decision.decided_by,
        "approved_by": decision.approved_by,
        "decided_at": decision.decided_at.isoformat(),
        "undone_at": decision.undone_at.isoformat() if decision.undone_at else None,
        "undone_by": decision.undone_by,
        "reversal_id": str(decision.reversal_id) if decision.reversal_id else None,
    }


def answer_output(answer: Answer) -> dict[str, Any]:
    """Return what came of one exception of a selection."""
    return {
        "exception_id": str(answer.exception_id),
        "reference": answer.reference,
        "is_resolved": answer.is_resolved,
        "selection_id": str(answer.selection_id) if answer.selection_id else None,
        "code": answer.code,
        "message": answer.message,
    }


def undone_output(answer: Answer) -> dict[str, Any]:
    """Return what came of one exception of a selection that was taken back."""
    return {
        "exception_id": str(answer.exception_id),
        "reference": answer.reference,
        "is_open": answer.is_resolved,
        "code": answer.code,
        "message": answer.message,
    }


def closing_output(closing: BatchClosing) -> dict[str, Any]:
    """Return a closed batch as REST shows it."""
    return {
        "id": str(closing.id),
        "report_id": str(closing.report_id) if closing.report_id else None,
        "statement_id": str(closing.statement_id) if closing.statement_id else None,
        "figures": closing.figures,
        "closed_by": closing.closed_by,
        "closed_at": closing.closed_at.isoformat(),
    }
