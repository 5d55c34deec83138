"""A statement whose missing pages never come: a person says that the pages that came are the whole of it. A job reads them, because they may be long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import current_actor
from payments.reconciliation import queries
from payments.reconciliation.formats.base import Statement, StatementSummary
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import joining, paging, reading
from payments.reconciliation.statements.paging import Page, Piece


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

    def __init__(self, *, missing_pages: Sequence[int], has_opening: bool, has_closing: bool, **_told: Any) -> None:
        reason = _why_incomplete(missing_pages, has_opening, has_closing)
        super().__init__(reason=reason, missing_pages=missing_pages, has_opening=has_opening, has_closing=has_closing)


class StatementDisputed(AppError):
    """Another page of the statement came twice with different content, and nobody has said which is right."""

    code = "statement_disputed"
    detail = "Page {page} of this statement came twice with different content, and this file is neither of the two."
    money = "Nothing was booked. The pages go on waiting."
    next_step = "Open the file of that page that is right and take what is there from its page."


_REFUSALS: dict[str, type[AppError]] = {
    refusal.code: refusal for refusal in (StatementDoesNotWait, StatementIncomplete, StatementDisputed)
}


def refusal_words(job: Job) -> str:
    """Return why a job that was to take the pages as they are did not, in the reader's language: what it stored itself is that of a worker, who has none."""
    refusal = _REFUSALS.get(job.result.get("code", ""))
    if job.status == "refused" and refusal is not None and "data" in job.result:
        return refusal(**job.result["data"]).message
    return job.last_error.splitlines()[0] if job.last_error else ""


def request_completion(*, statement_id: UUID | str) -> Job:
    """
    Ask that the pages of a waiting statement that came are read as the whole of it, and return the job that does it as the one who asked.

    Locks nothing, so it answers while pages of the account are being read. What their sums show already is refused at once. A repeat while the job is there returns it; after a refusal it is asked again.

    :raises NotFound: if the merchant has no such statement.
    :raises StatementDoesNotWait: if it does not wait.
    :raises StatementDisputed: if another page came twice with different content.
    :raises StatementIncomplete: if pages are missing and no balance says what the others have to come to.
    """
    file = StatementFile.objects.filter(id=statement_id).first()
    if file is None:
        raise NotFound()
    groups = _groups_of(file, is_locked=False)
    _demand_undisputed(file, groups)
    _demand_balances(groups)
    actor = current_actor()
    who = {"kind": actor.kind, "id": str(actor.id) if actor.id else None, "name": actor.name}
    payload = {"statement_id": str(file.id), "actor": who}
    job = jobs.enqueue(queries.COMPLETION_KIND, dedup_key=queries.completion_key(file), payload=payload)
    if job.status in ("dead", "refused"):
        Job.objects.filter(id=job.id, status=job.status).update(payload=payload)
        jobs.retry(job)
        job.refresh_from_db()
    return job


@transaction.atomic
def take_what_is_there(*, statement_id: UUID | str, now: datetime) -> StatementFile:
    """
    Read the pages of a waiting statement that came as the whole of it, because a person says that no other comes; return the file.

    It is booked if opening balance + entries = closing balance; if not, its pages are out of balance and nothing of them is booked. Of a page that came twice with
    different content the one of this file is taken. A page that comes later is read with these: it adds its own entries if the sums still agree, and nothing if not.

    Locks the account's pages that are not in use. A repeat is refused, since nothing waits any more.

    :raises NotFound, StatementDoesNotWait, StatementDisputed, StatementIncomplete: as `request_completion` does; the pages go on waiting.
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
    groups = _groups_of(file, is_locked=True)
    _demand_undisputed(file, groups)
    chosen = _chosen(file, groups)
    missing = paging.missing_pages(chosen.pages)
    differences = [statement.difference_minor for statement in chosen.told]
    if missing and None in differences:
        has_opening = all(one.opening_minor is not None for one in chosen.told)
        has_closing = all(one.closing_minor is not None for one in chosen.told)
        raise StatementIncomplete(missing_pages=missing, has_opening=has_opening, has_closing=has_closing)
    status = _status_of(chosen.whole, differences)
    kept = reading.keep(chosen.holder, chosen.whole) if status in paging.TAKEN else {}
    numbers = [number for part, _page in chosen.pages for number in range(part.first, part.end + 1)]
    taken = {
        "by": current_actor().name[:120],
        "at": now.isoformat(),
        "pages": numbers,
        "missing": missing,
        "statement": str(chosen.holder.id),
    }
    joining.conclude_pages(
        file, chosen.pages, chosen.group, chosen.holder, chosen.whole, status, kept=kept, now=now, taken=taken
    )
    audit.record(
        "statement.taken_as_it_is", subject=f"statement:{chosen.holder.id}", now=now,
        data={"name": chosen.holder.name, "pages": numbers, "missing": missing, "status": status},
    )  # fmt: skip
    file.refresh_from_db()
    return file


class _Attempt(NamedTuple):
    """Pages that were read as one statement. Its lines can be kept while nothing else is read."""

    group: list[Page]
    pages: list[Page]
    holder: StatementFile
    whole: StatementSummary

    @property
    def told(self) -> list[Statement]:
        """The statement whose pages were read; more than one if its pages do not continue each other."""
        name = self.pages[0][0].statement
        return [one for one in self.whole.statements if not one.is_of_another and paging.name_of(one) == name]

    @property
    def adds_up(self) -> bool:
        """Whether the pages prove themselves."""
        return self.whole.status in paging.TAKEN and all(one.difference_minor == 0 for one in self.told)


def _groups_of(file: StatementFile, *, is_locked: bool) -> list[list[Page]]:
    if file.status != "waiting":
        raise StatementDoesNotWait(state=file.status)
    there = paging.list_pages(file, Piece(**file.summary["pages"]), is_locked=is_locked)
    return [group for group, _has_to_prove in paging.candidates(there)]


def _fallback(groups: list[list[Page]]) -> list[Page]:
    """Pages of another `Id` count where they prove themselves, or where nothing else came of this statement."""
    return groups[0 if len(groups[0]) > 1 else -1]


def _chosen(file: StatementFile, groups: list[list[Page]]) -> _Attempt:
    """Return the pages that prove themselves, else those that belong together, as they were read last."""
    for group in sorted(groups, key=lambda group: group is _fallback(groups)):
        attempt = _read(file, group)
        if attempt.adds_up:
            break
    return attempt


def _read(file: StatementFile, group: list[Page]) -> _Attempt:
    pages = paging.what_is_there(group)
    holder = joining.holder_of(file, pages)
    return _Attempt(group, pages, holder, joining.read_as_one(pages, holder))


def _demand_undisputed(file: StatementFile, groups: list[list[Page]]) -> None:
    """Which of two pages is right is said by opening it; who opens a third has not said it."""
    group = _fallback(groups)
    page = paging.find_disputed(group)
    if page is not None and not any(paging.contradict(group[0][0], part) for part, _file in group[1:]):
        raise StatementDisputed(page=page)


def _demand_balances(groups: list[list[Page]]) -> None:
    """Refuse, by what the pages said when they were read, what `take_what_is_there` would refuse after reading them all."""
    missing, has_opening, has_closing = [], False, False
    for group in groups:
        pages = paging.what_is_there(group)
        missing = paging.missing_pages(pages)
        has_opening = any(part.has_opening for part, _page in pages)
        has_closing = any(part.has_closing for part, _page in pages)
        if not missing or (has_opening and has_closing) or any(_has_difference(page) for _part, page in pages):
            return
    raise StatementIncomplete(missing_pages=missing, has_opening=has_opening, has_closing=has_closing)


def _has_difference(file: StatementFile) -> bool:
    """Say whether the bank states what the file's entries come to; then it can be held against them."""
    return any(one.get("difference_minor") is not None for one in file.summary.get("statements", ()))


def _status_of(whole: StatementSummary, differences: Sequence[int | None]) -> str:
    """A statement without its last page is proven by its balances all the same, if they agree."""
    if whole.status in paging.TAKEN and paging.is_whole(whole):
        return "balanced" if whole.status == "balanced" or set(differences) == {0} else "unproven"
    return "out_of_balance"


def _why_incomplete(missing: Sequence[int], has_opening: bool, has_closing: bool) -> str:
    if has_opening:
        lacks = _("no page says the closing balance")
    elif has_closing:
        lacks = _("no page says the opening balance")
    else:
        lacks = _("no page says the opening or the closing balance")
    words = ngettext("page {numbers} is missing, and {lacks}", "pages {numbers} are missing, and {lacks}", len(missing))
    return words.format(numbers=", ".join(str(number) for number in missing[:10]), lacks=lacks)
