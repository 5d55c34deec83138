"""Jobs of reconciliation: read a statement, fetch statements, run."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from merchant.core.clock import business_date, business_now
from merchant.core.crash_points import crash_point
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Place
from merchant.core.jobs.services import JobRun, kind
from merchant.core.tenancy import Actor, acting_for
from merchant.merchants import queries as merchants
from merchant.merchants.models import Merchant
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.reconciliation import queries, services
from payments.reconciliation.desk import dry_run
from payments.reconciliation.desk import live as desk_live
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.imports import imported
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements import completing, drop_folder
from payments.reconciliation.statements import services as statement_services
from payments.settlement import live
from payments.settlement.tasks import reporting_places

logger = logging.getLogger(__name__)

# Banks book overnight; by 07:00 yesterday's statement is there, and the reports of 06:00 are read.
FETCH_AT = time(7, 0)
RUN_AT = time(7, 30)
# A day's statement may still grow, so the latest are fetched again; what is known of them is not added twice.
STILL_GROWING = 3
DROP_JOB = "reconciliation.take_dropped"
# Who lays a file down sees it taken within a minute or so.
DROP_EVERY_SECONDS = 60


@kind(statement_services.IMPORT_JOB)
def import_statement(run: JobRun) -> dict[str, Any]:
    """Read one statement file."""
    file = StatementFile.objects.get(id=run.payload["statement_id"])
    with run.checkpoint("read") as note:
        statement_services.read_statement(file, now=business_now(run.merchant_id))
        file.refresh_from_db()
        note.done = note.total = imported.rows_of(file)
        note.message = f"{note.done:,} entries read"
    live.tell_changed(merchant_id=run.merchant_id, file_id=file.id)
    return {"statement_id": str(file.id), "status": file.status}


@kind(queries.COMPLETION_KIND)
def complete_statement(run: JobRun) -> dict[str, Any]:
    """Take the pages of a waiting statement that came as the whole of it, for the one who asked; whoever takes the job over after that only tells of it."""
    who, statement_id = run.payload["actor"], run.payload["statement_id"]
    actor = Actor(who["kind"], UUID(who["id"]) if who["id"] else None, who["name"])
    if run.step != "read":
        with acting_for(run.merchant_id, actor), run.checkpoint("read", message="reading"):
            completing.take_what_is_there(statement_id=statement_id, now=business_now(run.merchant_id))
    file = StatementFile.objects.get(id=statement_id)
    live.tell_changed(merchant_id=run.merchant_id, file_id=file.id)
    return {"statement_id": str(file.id), "status": file.status}


@kind(statement_services.FETCH_JOB)
def fetch_statements(run: JobRun) -> dict[str, Any]:
    """Ask the bank behind a gateway account for statements and take in those that are new or may have grown."""
    account = GatewayAccount.objects.get(id=run.payload["gateway_account_id"])
    gateway, access = registry.gateway(account.gateway), registry.access(account)
    banks = BankAccount.objects.filter(currency=account.currency).order_by("id")
    # Where an account pays out to a bank account of its own, it says so.
    own = account.config.get("bank_account_id")
    bank = banks.filter(id=own).first() if own else banks.first()
    if bank is None:
        return {"fetched": []}
    remotes = sorted(gateway.list_statements(access), key=lambda remote: remote.created_at)
    known = set(StatementFile.objects.filter(bank_account=bank).values_list("name", flat=True))
    now = business_now(run.merchant_id)
    fetched = []
    for remote in [remote for remote in remotes[:-STILL_GROWING] if remote.name not in known] + remotes[
        -STILL_GROWING:
    ]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(gateway.fetch_statement(remote.name, access))
            file.flush()
            try:
                outcome = statement_services.receive_statement(
                    path=Path(file.name), account_id=bank.id, name=remote.name, now=now
                )
            except statement_services.StatementRefused as refused:
                logger.warning("statement %s of account %s was refused: %s", remote.name, account.id, refused)
                continue
        if outcome.duplicate_of is None:
            fetched.append(remote.name)
    return {"fetched": fetched}


@kind(DROP_JOB)
def take_dropped(run: JobRun) -> dict[str, Any]:
    """Take in what lies in the merchant's drop folder."""
    return drop_folder.take_all(now=business_now(run.merchant_id))


@kind(services.RUN_JOB)
def reconcile(run: JobRun) -> dict[str, Any]:
    """Run every pass; one that is done is not repeated by whoever takes the job over."""
    counts: dict[str, int] = dict(run.cursor.get("counts", {}))
    done = int(run.cursor.get("done", 0))
    for number, (name, step) in enumerate(services.steps(now=business_now(run.merchant_id)), start=1):
        if number <= done:
            continue
        with run.checkpoint(name, done=number, message=name) as note:
            for key, count in step().items():
                counts[key] = counts.get(key, 0) + count
            note.cursor = {"done": number, "counts": counts}
            desk_live.tell("run.went_on", step=name, done=number)
            crash_point("R4")
    crash_point("R6")
    return services.result_of(services.RunResult(**counts))


@kind(dry_run.JOB)
def try_rules(run: JobRun) -> dict[str, Any]:
    """Say what other rules would have done."""
    return services.try_rules(dry_run.trial_of(run.payload), now=business_now(run.merchant_id))


@kind(fee_audit.AUDIT_JOB)
def audit_fees(run: JobRun) -> dict[str, Any]:
    """Judge the fees of an account anew."""
    now, merchant = business_now(run.merchant_id), merchants.get_merchant(run.merchant_id)
    with run.checkpoint("judged", message="judging fees"):
        changed = fee_audit.audit_again(
            account_id=run.payload["gateway_account_id"],
            since=date.fromisoformat(run.payload["since"]),
            today=business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff),
            now=now,
        )
    return {"exceptions_changed": changed}


def merchant_places() -> Iterator[Place]:
    """Yield each merchant that has a gateway account that may offer reports, once."""
    seen = set()
    for place in reporting_places():
        if place.merchant_id not in seen:
            seen.add(place.merchant_id)
            yield Place(place.merchant_id, "merchant", place.zone, place.since)


def dropping_places() -> Iterator[Place]:
    """Yield each merchant in whose drop folder something lies."""
    if not settings.IMPORT_DROP_DIR:
        return
    for merchant in Merchant.objects.order_by("id"):
        folder = drop_folder.folder_of(merchant.id)
        if folder is not None and drop_folder.has_files(folder):
            yield Place(merchant.id, "merchant", merchant.zone, merchant.created_at.date())


schedule.register(schedule.Every(DROP_JOB, DROP_EVERY_SECONDS, dropping_places))
schedule.register(schedule.Daily(statement_services.FETCH_JOB, FETCH_AT, reporting_places))
schedule.register(schedule.Daily(services.RUN_JOB, RUN_AT, merchant_places))
