"""Prove one merchant's books, money, goods and machinery in one read-only look."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from reports.verify.checks.registry import CHECKS, Check
from reports.verify.look import Findings, Look, Planted

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proven:
    """One line of the table. A check that broke down proves nothing and counts as a violation."""

    check: Check
    findings: Findings

    @property
    def holds(self) -> bool:
        """Whether the rule holds."""
        return not self.findings.violations


def verify(
    *, merchant_id: UUID, planted: Sequence[Planted] | None = (), checks: Sequence[Check] = CHECKS
) -> list[Proven]:
    """
    Run every check for a merchant and return the table. Compares only; changes and rebuilds nothing.

    All checks see one snapshot, so a merchant that goes on trading can be proven; the processor is asked after it was taken. `planted` are the exceptions that
    faults planted on purpose must have led to, None if nobody knows. Not to be called inside a transaction.
    """
    with acting_for(merchant_id):
        # Sealing goes on while the checks run: an anchor that is younger than the snapshot would look like a tail that was cut.
        anchored = audit.anchored_position()
        with _snapshot():
            look = Look(merchant_id, machine_now(), planted, anchored)
            return [Proven(check, _run(check, look)) for check in checks]


@contextmanager
def _snapshot() -> Iterator[None]:
    with transaction.atomic(durable=True):
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # The snapshot is taken by the first query, not by the statement above.
        db.rows("SELECT 1")
        yield


def _run(check: Check, look: Look) -> Findings:
    try:
        with transaction.atomic():
            return check.run(look)
    except Exception as error:
        logger.exception("check %s broke down", check.name)
        return Findings(
            0, [{"difference": "the check itself broke down", "error": f"{type(error).__name__}: {error}"[:300]}]
        )
