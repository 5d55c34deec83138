"""What reconciliation takes in and gives out over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.jobs.models import Job
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import REPORTED, TAKES_NO_PAYMENTS
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements.problems import problem_words
from payments.reconciliation.workbench.comparison import BatchFigures
from payments.settlement.serializers import progress_output


class StatementUploadInput(serializers.Serializer[Any]):
    """A statement file and the bank account it belongs to."""

    bank_account_id = serializers.UUIDField()
    file = serializers.FileField(max_length=200)


class BankAccountInput(serializers.Serializer[Any]):
    """A bank account. `number` is its IBAN, or what its files call it."""

    name = serializers.CharField(max_length=80)
    number = serializers.CharField(max_length=60)
    currency = serializers.CharField(max_length=3)


class ReportAccountInput(serializers.Serializer[Any]):
    """An account at a processor. `external_id` is what its reports call it."""

    processor = serializers.ChoiceField(choices=list(REPORTED))
    name = serializers.CharField(max_length=80)
    external_id = serializers.CharField(max_length=80)
    currency = serializers.CharField(max_length=3)


def report_account_output(account: GatewayAccount) -> dict[str, Any]:
    """Return an account at a processor as REST shows it: nothing of its secrets."""
    return {
        "id": str(account.id),
        "gateway": account.gateway,
        "name": account.name,
        "external_id": account.external_id,
        "currency": account.currency,
        "takes_payments": account.gateway not in TAKES_NO_PAYMENTS,
    }


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
        "left_out": [{"name": one["name"], "reason": problem_words(one["reason"])} for one in file.left_out],
        "received_at": file.received_at.isoformat(),
        "progress": progress_output(job) if job else None,
    }


def figures_output(figures: BatchFigures) -> dict[str, Any]:
    """Return one currency of a batch as REST shows it: the tally of its rows, and each figure on both sides with theirs less ours."""
    sides = {
        "sales": (figures.our_sales, figures.their_sales),
        "refunds": (figures.our_refunds, figures.their_refunds),
        "fees": (figures.our_fees, figures.their_fees),
        "others": (figures.our_others, figures.their_others),
        "decided": (figures.decided, 0),
        "net": (figures.our_net, figures.their_net),
    }
    return {
        "currency": figures.currency,
        "rows": {
            "total": figures.lines,
            "matched": figures.matched,
            "exceptions": figures.lines - figures.matched,
        },
        "gross_minor": {
            "total": figures.their_gross,
            "matched": figures.matched_minor,
            "exceptions": figures.excepted_minor,
        },
        **{
            name: {"ours_minor": ours, "theirs_minor": theirs, "difference_minor": theirs - ours}
            for name, (ours, theirs) in sides.items()
        },
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
