"""How plans, periods and journal files look over REST, and what changes them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers as fields

from merchant.ledger.periods import Lock
from payments.accounting.charts import CHARTS
from payments.accounting.models import JournalExport
from payments.accounting.plans import LINES_MAX, Plan
from payments.accounting.queries import DayChange


class AccountNumberInput(fields.Serializer[Any]):
    """One account of the ledger and its number. `subject` "" stands for all accounts of the kind."""

    kind = fields.CharField(max_length=30)
    subject = fields.CharField(max_length=80, allow_blank=True, default="")
    number = fields.CharField(max_length=40)
    name = fields.CharField(max_length=80)
    is_automatic = fields.BooleanField(default=False)


class AccountPlanSettingsInput(fields.Serializer[Any]):
    """What files say of the merchant. What is left out stays as it is."""

    company = fields.CharField(max_length=120, required=False)
    organisation_number = fields.CharField(max_length=40, allow_blank=True, required=False)
    fiscal_month = fields.IntegerField(min_value=1, max_value=12, required=False)
    voucher_series = fields.CharField(max_length=4, required=False)
    datev_consultant = fields.IntegerField(min_value=1001, max_value=9_999_999, required=False)
    datev_client = fields.IntegerField(min_value=1, max_value=99_999, required=False)
    csv_columns = fields.ListField(child=fields.CharField(max_length=120), max_length=60, required=False)


class AccountPlanInput(fields.Serializer[Any]):
    """A new version behind the one numbered `after`. Without `lines` the numbers stay, or become those of another `chart`."""

    after = fields.IntegerField(min_value=0)
    chart = fields.ChoiceField(sorted(CHARTS), required=False)
    settings = AccountPlanSettingsInput(required=False)
    lines = fields.ListField(child=AccountNumberInput(), max_length=LINES_MAX, required=False)


class ClosePeriodInput(fields.Serializer[Any]):
    """The last day that is closed."""

    until = fields.DateField()


class ReopenPeriodInput(fields.Serializer[Any]):
    """The first day that opens again, why, and another person's approval."""

    day = fields.DateField()
    reason = fields.CharField(max_length=200)
    approval_id = fields.UUIDField(required=False, allow_null=True, default=None)


def plan_output(plan: Plan) -> dict[str, Any]:
    """Return a plan as REST shows it."""
    return {
        "number": plan.number,
        "chart": plan.chart,
        "settings": asdict(plan.settings),
        "lines": [asdict(line) for line in plan.lines],
    }


def lock_output(lock: Lock) -> dict[str, Any]:
    """Return a closing or reopening as REST shows it."""
    return {
        "number": lock.number,
        "locked_until": lock.locked_until.isoformat(),
        "at": lock.created_at.isoformat(),
        "by": lock.actor_name,
        "approved_by": lock.approved_by,
        "reason": lock.reason,
    }


def file_output(row: JournalExport) -> dict[str, Any]:
    """Return an entry of the log of journal files as REST shows it."""
    return {
        "id": str(row.id),
        "format": row.format,
        "date_from": row.date_from.isoformat(),
        "date_to": row.date_to.isoformat(),
        "detail": row.detail,
        "closing": row.closing,
        "plan_number": row.plan_number,
        "journals": row.journal_count,
        "postings": row.posting_count,
        "debit": {"amount_minor": row.debit_minor, "currency": row.currency},
        "sha256": row.sha256,
        "revision": row.revision,
        "corrects": str(row.corrects_id) if row.corrects_id else None,
        "made_by": row.actor_name,
        "made_at": row.made_at.isoformat(),
    }


def change_output(change: DayChange) -> dict[str, Any]:
    """Return what came to a day since a file was made."""
    return {"day": change.day, "journals": change.journals, "debit_minor": change.debit_minor}
