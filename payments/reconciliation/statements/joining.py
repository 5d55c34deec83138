"""What a file of a bank came to: alone, as one of several pages, or with pages that never came because a person said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core import files
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_actor
from payments.reconciliation.formats.base import NotAStatement, Statement, StatementSummary
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import paging, reading
from payments.reconciliation.statements.paging import Page, Piece
from payments.reconciliation.states import STATEMENT

PAGE_CONTRADICTS = "page_contradicts"


class StatementDoesNotWait(AppError):
    """The file waits for no page: it was read meanwhile, or never waited."""

    code = "statement_does_not_wait"
    detail = "This file does not wait for a page of its statement any more; look at what became of it."


class StatementIncomplete(AppError):
    """The pages that came lack a balance, so that nothing could prove them."""

    code = "statement_incomplete"
    status = 422
    detail = "The pages that came cannot be a statement by themselves: {reason}"
    money = "Nothing was booked. The pages go on waiting."
    next_step = "Import the missing page; if you do not have it, ask the bank for it."


def conclude(file: StatementFile, summary: StatementSummary, status: str, *, now: datetime, **said: Any) -> None:
    """Write what a file came to, and publish it. `said` stands in its summary beside what the file says itself."""
    until = reading.covers_until(summary)
    told = {**summary.as_json(), "status": status, **said}
    move(file, STATEMENT, status, summary=told, covers_until=until, format=summary.format or file.format)
    audit.record(
        "statement.imported", subject=f"statement:{file.id}", now=now, data={"name": file.name, "status": file.status}
    )
    outbox.publish("statement.imported", f"statement:{file.id}", {"statement_id": str(file.id), "status": file.status})


def take_page(file: StatementFile, piece: Piece, summary: StatementSummary, *, now: datetime) -> None:
    """
    Have a page that was just read in this transaction wait, or read the statement whose last missing page it is; locks the account's other pages.

    The lines are those of the earliest page that was not read before; the others say of which file they are a page. A page that came twice with different content
    holds the statement up until a person says which is right.

    :raises NotAStatement: if a file that is in use brought the same page of the same statement with other content.
    """
    paging.lock(file)
    piece = paging.with_content(piece, summary)
    if (taken := paging.find_taken_otherwise(file, piece)) is not None:
        message = f"page {piece.first} of this statement was taken from {taken.name}, which says something else"
        raise NotAStatement(message, code=PAGE_CONTRADICTS)
    there = paging.list_pages(file, piece)
    waits_for: tuple[list[Page], int | None] = ([], None)
    for group, has_to_prove in paging.candidates(there):
        pages, missing = paging.joined(group)
        if missing is None and paging.find_disputed(group) is None and _is_read(file, pages, group, has_to_prove, now):
            return
        if missing is not None or not waits_for[0]:
            waits_for = group, missing
    _let_wait(file, piece, summary, *waits_for, now=now)


def take_proven_page(file: StatementFile, piece: Piece, summary: StatementSummary, *, now: datetime) -> None:
    """
    Take a page that was just read in this transaction and proves itself, and with it the pages that wait for it; locks the account's other pages.

    A page whose entries come to nothing, or that comes beside the balances of the whole statement, cannot be proven without it.
    """
    paging.lock(file)
    piece = paging.with_content(piece, summary)
    is_reread = False
    for group, _has_to_prove in paging.candidates(paging.list_pages(file, piece)):
        pages, missing = paging.joined(group)
        if missing is not None or all(page.status != "waiting" for _part, page in pages):
            continue
        if _is_read(file, pages, group, has_to_prove=True, now=now):
            return
        is_reread = True
    if is_reread:
        # The attempt has read other lines meanwhile.
        _read_as_one([(piece, file)], file)
    reading.keep(file, summary)
    conclude(file, summary, summary.status, now=now, pages=paging.as_json(piece))


def _let_wait(
    file: StatementFile,
    piece: Piece,
    summary: StatementSummary,
    group: list[Page],
    missing: int | None,
    *,
    now: datetime,
) -> None:
    """Have the file wait, and tell the pages that wait with it for what."""
    said = {"waits_for": missing, "disputed": paging.find_disputed(group)}
    conclude(file, summary, "waiting", now=now, pages=paging.as_json(piece), **said)
    for _part, other in group[1:]:
        if other.status == "waiting" and {key: other.summary.get(key) for key in said} != said:
            other.summary = {**other.summary, **said}
            other.save(update_fields=["summary"])


def _is_read(file: StatementFile, pages: list[Page], group: list[Page], has_to_prove: bool, now: datetime) -> bool:
    """Read the whole statement, and say whether it was; nothing happened if it was not."""
    holder = _holder(file, pages)
    whole = _read_as_one(pages, holder)
    # Pages that name one statement and do not continue each other prove nothing together.
    status = whole.status if paging.piece_of(whole) is None else "out_of_balance"
    if has_to_prove and status != "balanced":
        return False
    if status in paging.TAKEN:
        reading.keep(holder, whole)
    late = next((page.summary["taken"] for _part, page in group if page.status != "waiting" and "taken" in page.summary), None)  # fmt: skip
    said = {} if late is None else {"late_to": late}
    _conclude_pages(file, pages, group, holder, whole, status, now=now, **said)
    return True


def _holder(file: StatementFile, pages: Sequence[Page]) -> StatementFile:
    return next((page for _part, page in pages if page.id == file.id or page.status == "waiting"), file)


def _read_as_one(pages: Sequence[Page], holder: StatementFile) -> StatementSummary:
    return reading.read_pages(_opened(pages), holder)


def _opened(pages: Sequence[Page]) -> Iterator[BinaryIO]:
    """Yield the files one after the other, so that a statement may have more pages than a process may have files open."""
    for _part, page in pages:
        with files.path_of(page.sha256).open("rb") as stream:
            yield stream


def _conclude_pages(
    file: StatementFile,
    pages: Sequence[Page],
    group: Sequence[Page],
    holder: StatementFile,
    whole: StatementSummary,
    status: str,
    *,
    now: datetime,
    **said: Any,
) -> None:
    """
    Write what the pages came to, and those that came again with the same content.

    A page that did not add up before becomes what the statement is now. One that says otherwise is refused once another is in use.
    """
    rest = replace(whole, statements=(), row_failures=())
    for part, page in group:
        told: dict[str, Any] = {"pages": paging.as_json(part), "page_count": pages[-1][0].last, **said}
        is_open = page.id == file.id or page.status == "waiting" or (page.status == "out_of_balance" != status)
        if page.id == holder.id:
            conclude(page, whole, status, now=now, **told)
        elif is_open and any(paging.is_same(part, taken) for taken, _page in pages):
            conclude(page, rest, status, now=now, page_of=str(holder.id), **told)
        elif page.status == "waiting" and status in paging.TAKEN:
            rival = next((taken.name for other, taken in pages if paging.contradict(part, other)), None)
            if rival is not None:
                _refuse(page, f"page {part.first} of this statement was taken from {rival}, which says something else")


def _refuse(file: StatementFile, message: str) -> None:
    reason = NotAStatement(message, code=PAGE_CONTRADICTS)
    refusal = {"code": reason.code, "message": reason.message, "line": reason.line, "column": reason.column}
    move(file, STATEMENT, "refused", refusal=refusal, summary=StatementSummary.refused(reason).as_json())


@transaction.atomic
def take_what_is_there(*, statement_id: UUID | str, now: datetime) -> StatementFile:
    """
    Read the pages of a waiting statement that came as the whole of it, because a person says that no other comes; return the file.

    It is booked if opening balance + entries = closing balance; if not, its pages are out of balance and nothing of them is booked. Of a page that came twice with
    different content the one of this file is taken. A page that comes later is read with these: it adds its own entries if the sums still agree, and nothing if not.

    Locks the account's pages. A repeat is refused, since nothing waits any more.

    :raises NotFound: if the merchant has no such statement.
    :raises StatementDoesNotWait: if it does not wait.
    :raises StatementIncomplete: if pages are missing and no balance says what the others have to come to; they go on waiting.
    """
    file = StatementFile.objects.select_related("bank_account").filter(id=statement_id).first()
    if file is None:
        raise NotFound()
    paging.lock(file)
    file = (
        StatementFile.objects.select_related("bank_account")
        .select_for_update(no_key=True, of=("self",))
        .get(id=file.id)
    )
    if file.status != "waiting":
        raise StatementDoesNotWait(state=file.status)
    there = paging.list_pages(file, Piece(**file.summary["pages"]))
    groups = [group for group, _has_to_prove in paging.candidates(there)]
    # Pages of another `Id` count where they prove themselves, or where nothing else came of this statement.
    chosen = next((group for group in groups if _adds_up(file, group)), groups[0 if len(groups[0]) > 1 else -1])
    pages = paging.what_is_there(chosen)
    holder = _holder(file, pages)
    whole = _read_as_one(pages, holder)
    missing = paging.missing_pages(pages)
    differences = [statement.difference_minor for statement in _told_of(whole, pages)]
    if missing and None in differences:
        raise StatementIncomplete(reason=_why_incomplete(whole, pages, missing), missing_pages=missing)
    status = _status_of(whole, differences)
    if status in paging.TAKEN:
        reading.keep(holder, whole)
    taken = {"by": current_actor().name[:120], "at": now.isoformat(), "pages": [number for part, _page in pages for number in range(part.first, part.end + 1)], "missing": missing, "statement": str(holder.id)}  # fmt: skip
    _conclude_pages(file, pages, chosen, holder, whole, status, now=now, taken=taken)
    audit.record(
        "statement.taken_as_it_is", subject=f"statement:{holder.id}", now=now,
        data={"name": holder.name, "pages": taken["pages"], "missing": missing, "status": status},
    )  # fmt: skip
    file.refresh_from_db()
    return file


def _adds_up(file: StatementFile, group: list[Page]) -> bool:
    """Say whether the pages prove themselves."""
    pages = paging.what_is_there(group)
    whole = _read_as_one(pages, _holder(file, pages))
    return whole.status in paging.TAKEN and all(one.difference_minor == 0 for one in _told_of(whole, pages))


def _told_of(whole: StatementSummary, pages: Sequence[Page]) -> list[Statement]:
    """Return the statement whose pages were read; more than one if its pages do not continue each other."""
    return [one for one in whole.statements if not one.is_of_another and paging.name_of(one) == pages[0][0].statement]


def _status_of(whole: StatementSummary, differences: Sequence[int | None]) -> str:
    """A statement without its last page is proven by its balances all the same, if they agree."""
    if whole.status in paging.TAKEN and paging.piece_of(whole) is None:
        return "balanced" if whole.status == "balanced" or set(differences) == {0} else "unproven"
    return "out_of_balance"


def _why_incomplete(whole: StatementSummary, pages: Sequence[Page], missing: Sequence[int]) -> str:
    told = _told_of(whole, pages)
    has_opening = all(one.opening_minor is not None for one in told)
    has_closing = all(one.closing_minor is not None for one in told)
    if has_opening:
        lacks = _("no page says the closing balance")
    elif has_closing:
        lacks = _("no page says the opening balance")
    else:
        lacks = _("no page says the opening or the closing balance")
    words = ngettext("page {numbers} is missing, and {lacks}", "pages {numbers} are missing, and {lacks}", len(missing))
    return words.format(numbers=", ".join(str(number) for number in missing[:10]), lacks=lacks)
