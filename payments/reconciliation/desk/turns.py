"""How long a person waits for what a run, or somebody else, is writing: not for as long as that takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from merchant.core import db
from merchant.core.errors import AppError

# A pass over little is done in a second, one over a million rows in minutes: who presses a button does not wait for that.
_WAIT_MAX = "2s"
# PostgreSQL: a lock was not to be had in time.
_LOCK_NOT_AVAILABLE = "55P03"
_SET = "SELECT set_config('lock_timeout', %s, true)"


class RunGoesOn(AppError):
    """A run holds what is to be written; it writes for longer than a person waits."""

    code = "reconciliation_busy"
    detail = "A reconciliation run, or somebody else, is writing the same right now."
    money = "Nothing was changed and nothing was booked."
    next_step = "Try again in a moment."
    retry_after_seconds = 5


@contextmanager
def in_turn() -> Iterator[None]:
    """
    Do what a person asked for in one transaction, as a block or around a function, waiting two seconds at most for each lock of others.

    :raises RunGoesOn: if it is not to be had; nothing of the block happened.
    """
    with transaction.atomic():
        [(before,)] = db.rows("SELECT current_setting('lock_timeout')")
        db.rows(_SET, [_WAIT_MAX])
        try:
            yield
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
                raise RunGoesOn() from error
            raise
        # What the caller's transaction does after this waits as it did before.
        db.rows(_SET, [before])
