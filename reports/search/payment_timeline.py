"""What happened to one payment, drawn for staff: what was asked, what was told, who decided, what the report and the bank said."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.audit.models import AuditEntry
from merchant.core.money import Money
from merchant.core.pages.parts import TimelineEntry
from merchant.core.pages.status import appearance
from payments.disputes.models import Dispute
from payments.records import words
from payments.records.models import Evidence, Operation
from reports.search.queries import PaymentStory

# What two people said about one act -> title, tone, icon.
_DECISIONS = {
    "approval.asked": (gettext_lazy("Approval asked for"), "warn", "hourglass"),
    "approval.granted": (gettext_lazy("Approved"), "good", "check-check"),
    "approval.refused": (gettext_lazy("Not approved"), "bad", "ban"),
}


def timeline_of(
    story: PaymentStory, settled: list[dict[str, Any]], audit: list[AuditEntry]
) -> tuple[TimelineEntry, ...]:
    """Return what happened to a payment, newest first."""
    operations = {operation.id: operation for operation in story.operations}
    actors = {
        str(entry.data.get("operation")): entry.actor_name for entry in audit if entry.action.endswith(".requested")
    }
    entries = [_asked(operation, actors.get(operation.reference, "")) for operation in story.operations]
    entries += [
        _told(one, operations[one.operation_id])
        for one in story.evidence
        if one.changed_status or one.source == "webhook"
    ]
    entries += [_decided(entry) for entry in audit if entry.action in _DECISIONS]
    entries += _settlements(settled)
    entries += [_disputed(dispute) for dispute in story.disputes]
    # Newest first, and what happened in one moment in the reverse of its own order too.
    return tuple(sorted(entries, key=lambda entry: entry.at)[::-1])


def _asked(operation: Operation, who: str) -> TimelineEntry:
    text = ", ".join(part for part in (who, operation.reason.replace("_", " ")) if part)
    amount = Money(operation.amount_minor, operation.currency)
    return TimelineEntry(
        operation.requested_at, str(words.ASKED[operation.kind]), text, "idle", "send", amount, operation.reference
    )


def _told(evidence: Evidence, operation: Operation) -> TimelineEntry:
    title, tone, icon = words.OUTCOMES.get(
        (operation.kind, evidence.outcome), (evidence.outcome.replace("_", " ").capitalize(), "idle", "info")
    )
    text = str(words.SOURCES.get(evidence.source, evidence.source))
    if evidence.outcome == "unknown" and evidence.source == "answer":
        text = _("The gateway was asked and did not answer")
    if not evidence.changed_status:
        text = _("{source}, nothing new").format(source=text)
        tone, icon = "idle", "webhook"
    amount = Money(evidence.amount_minor, operation.currency) if evidence.amount_minor else None
    if evidence.outcome == "declined" and operation.decline_code:
        text = f"{text}: {words.decline_words(operation.decline_code)}"
    return TimelineEntry(evidence.at, str(title), text, tone, icon, amount, operation.gateway_reference)


def _decided(entry: AuditEntry) -> TimelineEntry:
    """Four eyes: who asked and who answered."""
    title, tone, icon = _DECISIONS[entry.action]
    who = entry.data.get("decided_by") or entry.actor_name
    text = ", ".join(part for part in (who, entry.data.get("reason", "").replace("_", " ")) if part)
    minor, currency = entry.data.get("amount_minor"), entry.data.get("currency")
    amount = Money(minor, currency) if minor is not None and currency else None
    return TimelineEntry(entry.at, str(title), text, tone, icon, amount)


def _disputed(dispute: Dispute) -> TimelineEntry:
    look = appearance("dispute", dispute.status)
    at, amount = dispute.closed_at or dispute.opened_at, Money(dispute.amount_minor, dispute.currency)
    reference, url = dispute.external_id, f"/disputes/{dispute.id}/"
    return TimelineEntry(at, _("Dispute"), str(look.word), look.tone, look.icon, amount, reference, url)


def _settlements(settled: list[dict[str, Any]]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            row["matched_at"],
            _("Settled"),
            _("by the report"),
            "good",
            "layers",
            Money(row["amount_minor"], row["currency"]),
            row["report_name"],
            f"/imports/{row['report_id']}/",
        )
        for row in settled
    ]
