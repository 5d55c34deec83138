"""What reconciliation takes in and gives out over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.jobs.models import Job
from payments.reconciliation.models import BankAccount, Deviation, StatementFile
from payments.settlement.serializers import progress_output


class StatementUploadInput(serializers.Serializer[Any]):
    """A statement file and the bank account it belongs to."""

    bank_account_id = serializers.UUIDField()
    file = serializers.FileField(max_length=200)


class ResolveInput(serializers.Serializer[Any]):
    """Why an exception is closed, and whether its amount is written off."""

    note = serializers.CharField(max_length=200)
    write_off = serializers.BooleanField(default=False)


def bank_account_output(account: BankAccount) -> dict[str, Any]:
    """Return a bank account as REST shows it: never its number."""
    return {"id": str(account.id), "name": account.name, "currency": account.currency, "hint": account.hint}


def statement_output(file: StatementFile, *, job: Job | None = None) -> dict[str, Any]:
    """Return a statement file as REST shows it."""
    return {
        "id": str(file.id),
        "bank_account_id": str(file.bank_account_id),
        "name": file.name,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "format": file.format,
        "status": file.status,
        "summary": file.summary,
        "refusal": file.refusal or None,
        "received_at": file.received_at.isoformat(),
        "progress": progress_output(job) if job else None,
    }


def run_output(job: Job) -> dict[str, Any]:
    """Return a run as REST shows it."""
    return {
        "id": str(job.id),
        "requested_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "result": job.result or None,
        "progress": progress_output(job),
    }


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
        "found_at": found.found_at.isoformat(),
        "resolution": found.resolution,
        "resolved_at": found.resolved_at.isoformat() if found.resolved_at else None,
        **related,
    }
