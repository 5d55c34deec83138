"""What a file of a bank came to: alone, or as one of several pages of a statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO

from merchant.core import db, files
from merchant.core.audit import services as audit
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from payments.reconciliation.formats.base import NotAStatement, StatementSummary
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import paging, reading
from payments.reconciliation.statements.paging import Page, Piece
from payments.reconciliation.states import STATEMENT

PAGE_CONTRADICTS = "page_contradicts"
_TELL = "UPDATE bank_statement_file SET summary = summary || %(said)s::jsonb WHERE id = ANY(%(ids)s)"


def conclude(file: StatementFile, summary: StatementSummary, status: str, *, now: datetime, **said: Any) -> None:
    """Write what a file came to, and publish it. `said` stands in its summary beside what the file says itself."""
    until = reading.covers_until(summary)
    told = {**summary.as_json(), "status": status, **said}
    move(file, STATEMENT, status, summary=told, covers_until=until, format=summary.format or file.format)
    data: dict[str, Any] = {"name": file.name, "status": file.status}
    if file.rows_known:
        data |= {"rows": file.summary["lines"]["read"], "rows_known": file.rows_known}
    audit.record("statement.imported", subject=f"statement:{file.id}", now=now, data=data)
    payload = {"statement_id": str(file.id), "status": file.status}
    if "page_of" in said:
        payload["page_of"] = said["page_of"]
    outbox.publish("statement.imported", f"statement:{file.id}", payload)


def refuse(file: StatementFile, reason: NotAStatement, *, now: datetime) -> None:
    """Write that nothing of a file is taken, and why, and publish it: that ends the file's life."""
    refusal = {**reason.as_refusal, "at": now.isoformat()}
    move(file, STATEMENT, "refused", refusal=refusal, summary=StatementSummary.refused(reason).as_json())
    data = {"name": file.name, "code": reason.code, "reason": reason.message, **reason.data}
    audit.record("statement.refused", subject=f"statement:{file.id}", now=now, data=data)
    outbox.publish("statement.refused", f"statement:{file.id}", {"statement_id": str(file.id), "code": reason.code})


def take_page(file: StatementFile, piece: Piece, summary: StatementSummary, *, now: datetime) -> None:
    """
    Have a page that was just read in this transaction wait, or read the statement whose last missing page it is; locks the account's other pages that are not in use.

    The lines are those of the earliest page that was not read before; the others say of which file they are a page. A page that came twice with different content
    holds the statement up until a person says which is right.

    :raises NotAStatement: if a file that is in use brought the same page of the same statement with other content.
    """
    paging.lock(file)
    piece = _not_taken_otherwise(file, piece, summary)
    there = paging.list_pages(file, piece)
    waits_for: tuple[list[Page], int | None] = ([], None)
    for group, has_to_prove in paging.candidates(there):
        pages, missing = paging.joined(group)
        if missing is None and paging.find_disputed(group) is None and _is_read(file, pages, group, has_to_prove, now):
            return
        if missing is not None or not waits_for[0]:
            waits_for = group, missing
    _let_wait(file, piece, summary, *waits_for, now=now)


def _not_taken_otherwise(file: StatementFile, piece: Piece, summary: StatementSummary) -> Piece:
    """Return the piece with its content. :raises NotAStatement: if a file that is in use says otherwise of the same page of the same statement."""
    piece = paging.with_content(piece, summary)
    if (taken := paging.find_taken_otherwise(file, piece)) is not None:
        raise contradiction(piece, taken, not_booked=reading.count_new(file))
    return piece


def take_proven_page(file: StatementFile, piece: Piece, summary: StatementSummary, *, now: datetime) -> None:
    """
    Take a page that was just read in this transaction and proves itself, and with it the pages that wait for it; locks the account's other pages that are not in use.

    A page whose entries come to nothing, or that comes beside the balances of the whole statement, cannot be proven without it. An entry like one of another page
    is another entry, as it is where all pages are one file.

    :raises NotAStatement: as `take_page` does.
    """
    paging.lock(file)
    piece = _not_taken_otherwise(file, piece, summary)
    is_reread, there = False, paging.list_pages(file, piece)
    for group, _has_to_prove in paging.candidates(there):
        pages, missing = paging.joined(group)
        if (
            missing is not None
            or paging.find_disputed(group) is not None
            or all(page.status != "waiting" for _part, page in pages)
        ):
            continue
        if _is_read(file, pages, group, has_to_prove=True, now=now):
            return
        is_reread = True
    if is_reread:
        # The attempt has read other lines meanwhile.
        read_as_one([(piece, file)], file)
    _keep_beside(file, piece, summary, paging.pages_in_use_beside(there), now=now)


def take_notice_page(file: StatementFile, piece: Piece, summary: StatementSummary, *, now: datetime) -> None:
    """
    Take a page of a notification or a report of the day that was just read in this transaction: it waits for none, because they prove nothing together.

    An entry like one of another page is another entry. A page that came before and says something else now is read by itself: what is told again is not added.
    """
    paging.lock(file)
    piece = paging.with_content(piece, summary)
    beside = paging.notices_in_use_beside(paging.list_pages(file, piece))
    _keep_beside(file, piece, summary, beside, now=now)


def _keep_beside(
    file: StatementFile, piece: Piece, summary: StatementSummary, beside: list[Page], *, now: datetime
) -> None:
    """Keep the page's lines, as what they are among those of the pages of its statement that are in use."""
    # Equal entries are counted over all pages, which have to be read for that: seldom there are any. Another file may have brought the line first.
    is_equal = bool(beside) and reading.is_any_known(file)
    own = reading.count_own(summary)
    kept = reading.keep(file, read_as_one(beside, file) if is_equal else summary, number=own)
    conclude(file, summary, summary.status, now=now, pages=paging.as_json(piece), **kept)


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
    changed = [
        other.id
        for _part, other in group[1:]
        if other.status == "waiting" and {key: other.summary.get(key) for key in said} != said
    ]
    # One statement, because with each page that comes in order all that wait are told of the next.
    db.execute(_TELL, {"said": json.dumps(said), "ids": changed})


def _is_read(file: StatementFile, pages: list[Page], group: list[Page], has_to_prove: bool, now: datetime) -> bool:
    """Read the whole statement, and say whether it was; nothing happened if it was not."""
    holder = holder_of(file, pages)
    whole = read_as_one(pages, holder)
    # Pages that name one statement and do not continue each other prove nothing together.
    status = whole.status if paging.is_whole(whole) else "out_of_balance"
    if has_to_prove and status != "balanced":
        return False
    kept = reading.keep(holder, whole) if status in paging.TAKEN else {}
    late = next(
        (page.summary["taken"] for _part, page in group if page.status != "waiting" and "taken" in page.summary), None
    )
    said = {} if late is None else {"late_to": late}
    conclude_pages(file, pages, group, holder, whole, status, kept=kept, now=now, **said)
    return True


def holder_of(file: StatementFile, pages: Sequence[Page]) -> StatementFile:
    """Return the file whose lines the statement's become: the first page that is not read yet."""
    return next((page for _part, page in pages if page.id == file.id or page.status == "waiting"), file)


def read_as_one(pages: Sequence[Page], holder: StatementFile) -> StatementSummary:
    """Read the pages as one statement; nothing of it is kept before `reading.keep`."""
    return reading.read_pages(_opened(pages), holder)


def _opened(pages: Sequence[Page]) -> Iterator[BinaryIO]:
    """Yield the files one after the other, so that a statement may have more pages than a process may have files open."""
    for _part, page in pages:
        with files.path_of(page.sha256).open("rb") as stream:
            yield stream


def conclude_pages(
    file: StatementFile,
    pages: Sequence[Page],
    group: Sequence[Page],
    holder: StatementFile,
    whole: StatementSummary,
    status: str,
    *,
    kept: dict[str, Any],
    now: datetime,
    **said: Any,
) -> None:
    """
    Write what the pages came to, and those that came again with the same content. `kept` is what `reading.keep` said of the holder's lines.

    A page that did not add up before becomes what the statement is now. One that says otherwise is refused once another is in use.
    """
    rest = replace(whole, statements=(), row_failures=())
    taken = paging.TakenPages(pages)
    # Where a page was in use already, what is known of the whole statement is what that page brought itself.
    are_new = all(page.id == file.id or page.status == "waiting" for _part, page in pages)
    for part, page in group:
        told: dict[str, Any] = {"pages": paging.as_json(part), "page_count": pages[-1][0].last, **said}
        is_open = page.id == file.id or page.status == "waiting" or (page.status == "out_of_balance" != status)
        if page.id == holder.id:
            conclude(page, whole, status, now=now, **told, **(kept if are_new else {}))
            continue
        found = taken.over(part)
        if found is None:
            continue
        is_same = paging.is_same(part, found[0])
        if is_open and is_same:
            conclude(page, rest, status, now=now, page_of=str(holder.id), **told)
        elif page.status == "waiting" and status in paging.TAKEN and not is_same:
            refuse(page, contradiction(part, found[1]), now=now)


def contradiction(piece: Piece, taken: StatementFile, **said: Any) -> NotAStatement:
    """Return why a page is refused of which `taken` is in use; `said` is kept with it."""
    message = f"page {piece.first} of this statement was taken from {taken.name}, which says something else"
    return NotAStatement(message, code=PAGE_CONTRADICTS, data={"taken_from": str(taken.id), **said})
