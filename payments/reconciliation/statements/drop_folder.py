"""
Files laid into a folder: `IMPORT_DROP_DIR/<merchant's id>/`, or a folder in there named by the id of the account they are of.

A file that has been left alone for a while is taken in and moved to `done/`, or to `refused/` with its reason beside it. What a killed worker had taken in and
not moved is the same bytes at the next look, changes nothing, and is moved then.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError, in_words
from merchant.core.ids import new_id
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.models import BankAccount
from payments.reconciliation.statements import recognising
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services as settlement

logger = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
# A file that nobody wrote to for 10 s is complete; who writes longer uses a name below and renames at the end.
QUIET_SECONDS = 10
_HALF_WRITTEN = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
# A file system takes 255: the moment, a number and `.reason.txt` are added to it.
NAME_BYTES_MAX = 200
# One look takes so many; the rest waits for the next, a minute later.
FILES_AT_ONCE_MAX = 100


class FileNotTaken(AppError):
    """A file in the drop folder cannot be taken in."""

    code = "dropped_file_not_taken"
    status = 422
    detail = "{reason}"
    money = "Nothing was stored and nothing was booked."


def folder_of(merchant_id: UUID) -> Path | None:
    """Return a merchant's drop folder, None if this installation has none or the merchant has none in it."""
    if not settings.IMPORT_DROP_DIR:
        return None
    folder = Path(settings.IMPORT_DROP_DIR) / str(merchant_id)
    return folder if folder.is_dir() else None


def take_all(*, now: datetime) -> dict[str, list[str]]:
    """Take in every complete file in the folder of the merchant in scope; return the names of those that were taken and those that were refused."""
    folder = folder_of(current_merchant_id())
    told: dict[str, list[str]] = {DONE: [], REFUSED: []}
    if folder is None:
        return told
    for path, account_id in _complete(folder):
        told[_take(folder, path, account_id, now=now)].append(path.name)
    return told


def has_files(folder: Path) -> bool:
    """Say whether anything in `folder` is complete."""
    return next(_complete(folder), None) is not None


def _complete(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield files that are complete, oldest first, each with the account its folder names ("" if none)."""
    places = [(folder, "")] + [(inner, inner.name) for inner in sorted(folder.iterdir()) if _is_account(inner)]
    found = [(path, account) for place, account in places for path in place.iterdir() if _is_file(path)]
    found.sort(key=lambda item: (item[0].lstat().st_mtime, item[0].name))
    before = machine_now().timestamp() - QUIET_SECONDS
    yield from [item for item in found if item[0].lstat().st_mtime <= before][:FILES_AT_ONCE_MAX]


def _is_account(path: Path) -> bool:
    try:
        UUID(path.name)
    except ValueError:
        return False
    return path.is_dir() and not path.is_symlink()


def _is_file(path: Path) -> bool:
    """Say whether `path` is a file of its own: a link could lead to anything this process may read."""
    is_hidden = path.name.startswith(".") or path.name.lower().endswith(_HALF_WRITTEN)
    return not is_hidden and stat.S_ISREG(path.lstat().st_mode)


def _take(folder: Path, path: Path, account_id: str, *, now: datetime) -> str:
    path = _with_usable_name(path)
    try:
        _receive(path, account_id, now=now)
    except AppError as refusal:
        reason = in_words(refusal, length_max=2000)
        logger.warning("the dropped file %s was refused: %s", path.name, reason)
        _move(path, folder / REFUSED, reason=reason, now=now)
        return REFUSED
    crash_point("R11")
    _move(path, folder / DONE, now=now)
    return DONE


def _with_usable_name(path: Path) -> Path:
    """Rename a file whose name no database takes, or that leaves no room for a moment before it, so that it does not hold up the others for ever."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    if name == path.name and len(path.name.encode()) <= NAME_BYTES_MAX:
        return path
    beginning, ending = Path(name).stem, Path(name).suffix[:20]
    short = beginning.encode()[: NAME_BYTES_MAX // 2].decode("utf-8", "ignore")
    return path.rename(path.with_name(f"{short}-{new_id().hex}{ending}"))


def _receive(path: Path, account_id: str, *, now: datetime) -> None:
    if path.stat().st_size > settings.UPLOAD_BYTES_MAX:
        raise FileNotTaken(reason=_("The file is longer than {number} bytes.").format(number=settings.UPLOAD_BYTES_MAX))
    account = account_id or _only_account(path)
    what, _colon, key = account.rpartition(":")
    if not what:
        what = "bank" if BankAccount.objects.filter(id=key).exists() else "gateway"
    if what == "bank":
        statement_services.receive_statement(path=path, account_id=key, name=path.name, now=now)
    else:
        settlement.receive_report(path=path, account_id=key, name=path.name, now=now)


def _only_account(path: Path) -> str:
    accounts = recognising.recognise(path).accounts
    if len(accounts) == 1:
        return accounts[0][0]
    choices = "; ".join(f"{key.partition(':')[2]} is {name}" for key, name in accounts)
    raise FileNotTaken(
        reason=_("Several accounts fit. Lay the file into a folder named by the account's id: {choices}").format(
            choices=choices
        )
    )


def _move(path: Path, folder: Path, *, now: datetime, reason: str = "") -> None:
    """Put a file away under a name that says when. The reason is written first, so that no refused file is without one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{now:%Y%m%dT%H%M%S}-{path.name}"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{now:%Y%m%dT%H%M%S}-{number}-{path.name}"
    if reason:
        (folder / f"{target.name}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")
    path.rename(target)
