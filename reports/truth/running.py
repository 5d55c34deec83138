"""Sends the files in through the real doors, round by round, and lets the real jobs read, book and reconcile them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from payments.reconciliation import services as reconciliation
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services as settlement
from reports.truth.generator.world import File
from reports.truth.loading import Loaded


class RunNotDone(RuntimeError):
    """A reconciliation did not end."""


def take_in(files: Sequence[File], loaded: Loaded, *, say: Callable[[str], None]) -> None:
    """Import each file for its account, in rounds; a reconciliation follows each round."""
    for number in sorted({file.round for file in files}):
        chosen = [file for file in files if file.round == number]
        for file in chosen:
            import_file(file, loaded)
        say(f"round {number}: {len(chosen)} files")
        reconcile(loaded.merchant_id, key=f"round {number}")
        say(f"round {number}: reconciled")


def import_file(file: File, loaded: Loaded) -> str:
    """Import one file and return the status it came to."""
    with acting_for(loaded.merchant_id), tempfile.NamedTemporaryFile() as copy:
        copy.write(file.content)
        copy.flush()
        path, now = Path(copy.name), business_now(loaded.merchant_id)
        if file.side == "report":
            report = settlement.import_report(
                path=path, account_id=loaded.accounts[file.owner], name=file.name, now=now
            )
            return str(report.report.status)
        statement = statement_services.import_statement(
            path=path, account_id=loaded.banks[file.owner], name=file.name, now=now
        )
        return str(statement.file.status)


def reconcile(merchant_id: UUID, *, key: str) -> dict[str, int]:
    """
    Run a reconciliation as its job and return what it changed.

    :raises RunNotDone: if the job did not end well.
    """
    with acting_for(merchant_id):
        job = reconciliation.request_run(key=f"truth:{merchant_id}:{key}")
    status = jobs.run(job.id)
    with acting_for(merchant_id):
        job = Job.objects.get(id=job.id)
    if status != "done":
        raise RunNotDone(f"the reconciliation is {job.status}: {job.last_error}")
    return dict(job.result)
