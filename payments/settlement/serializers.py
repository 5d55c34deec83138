"""What settlement takes in and gives out over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.jobs.models import Job
from payments.settlement.models import Payout, ReportFile, SettlementLine


class ReportUploadInput(serializers.Serializer[Any]):
    """A report file and the gateway account it belongs to."""

    gateway_account_id = serializers.UUIDField()
    file = serializers.FileField(max_length=200)


class FetchInput(serializers.Serializer[Any]):
    """The gateway account to be asked for its reports, or the bank behind it for statements."""

    gateway_account_id = serializers.UUIDField()


def report_output(report: ReportFile, *, job: Job | None = None) -> dict[str, Any]:
    """Return a report as REST shows it, with the progress of its import while that goes on."""
    return {
        "id": str(report.id),
        "gateway_account_id": str(report.gateway_account_id),
        "name": report.name,
        "sha256": report.sha256,
        "size_bytes": report.size_bytes,
        "format": report.format,
        "status": report.status,
        "summary": report.summary,
        "refusal": report.refusal or None,
        "received_at": report.received_at.isoformat(),
        "posted_at": report.posted_at.isoformat() if report.posted_at else None,
        "covers_until": report.covers_until.isoformat() if report.covers_until else None,
        "rows_known": report.rows_known,
        "rows_changed": report.rows_changed,
        "rows_gone": report.rows_gone.get("number", 0),
        "rows_unmatched": report.lines_open,
        "progress": progress_output(job) if job else None,
    }


def progress_output(job: Job) -> dict[str, Any]:
    """Return how far a job is."""
    return {
        "status": job.status,
        "step": job.step,
        "done": job.progress_done,
        "total": job.progress_total,
        "message": job.message,
        "error": job.last_error.splitlines()[0] if job.last_error else "",
    }


def line_output(line: SettlementLine) -> dict[str, Any]:
    """Return a settlement line as REST shows it."""
    return {
        "id": str(line.id),
        "line": line.line,
        "kind": line.kind,
        "type": line.type_text,
        "processor_reference": line.processor_reference,
        "operation_reference": line.operation_reference,
        "merchant_reference": line.merchant_reference,
        "batch": line.batch,
        "payout_reference": line.payout_reference,
        "gross": {"amount_minor": line.gross_minor, "currency": line.currency},
        "fee": {"amount_minor": line.fee_minor, "currency": line.currency},
        "net": {"amount_minor": line.net_minor, "currency": line.currency},
        "occurred_at": line.occurred_at.isoformat() if line.occurred_at else None,
        "booked_on": line.booked_on.isoformat() if line.booked_on else None,
    }


def change_output(row: dict[str, Any]) -> dict[str, Any]:
    """Return one row that a report changed as REST shows it."""
    return {
        "line": row["line"],
        "type": row["type_text"],
        "reference": row["reference"],
        "earlier_report_id": str(row["earlier_id"]),
        **{
            when: {
                "currency": row[f"{when}_currency"],
                "gross_minor": row[f"{when}_gross_minor"],
                "fee_minor": row[f"{when}_fee_minor"],
                "net_minor": row[f"{when}_net_minor"],
            }
            for when in ("was", "is")
        },
    }


def payout_output(payout: Payout) -> dict[str, Any]:
    """Return a payout as REST shows it."""
    return {
        "id": str(payout.id),
        "gateway_account_id": str(payout.gateway_account_id),
        "report_id": str(payout.report_id) if payout.report_id else None,
        "reference": payout.reference,
        "batch": payout.batch,
        "status": payout.status,
        "amount": {"amount_minor": payout.amount_minor, "currency": payout.currency},
        "arrived": {"amount_minor": payout.arrived_minor, "currency": payout.currency},
        "announced_on": payout.announced_on.isoformat(),
        "expected_on": payout.expected_on.isoformat(),
    }
