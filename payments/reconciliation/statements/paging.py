"""
Pages of one statement that come in files of their own: which files belong together, and which page is missing.

A bank numbers the pages of a long statement (`StmtPgntn`, or `MsgPgntn` of the message) and may send each as a file. A page that does not prove itself waits,
with the status `waiting` and nothing taken of it, until all pages from the first to the one that calls itself the last are there, in whatever order they come.

Banks use a statement's number again, and send a page twice. So pages belong together only if nothing they say contradicts: account, currency and numbers, the
period, and the days of the balances. A bank that gives each page an `Id` of its own is known by nothing but the proof: such pages are one statement if they add up.

A notification (camt.054) or report of the day (camt.052) proves nothing, so its pages are booked as they come; they are known only so that an entry of one is not
taken for an equal entry of another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from merchant.core import db
from payments.reconciliation.formats.base import Statement, StatementSummary
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements.ownership import plain_number

# Banks begin to number anew each year: what came longer ago is of another statement.
TOGETHER_DAYS = 31
# What is looked at to find the other pages; no bank splits a statement into more.
FILES_MAX = 1_000
# Files whose lines are in use.
TAKEN = ("balanced", "unproven")


@dataclass(frozen=True, slots=True)
class Piece:
    """
    The pages of a statement that one file has. `statement` is what the statement is known by: its account, its currency and its number.

    The rest is what its pages agree in, "" where the bank does not say (days as ISO has them), and `content`: what tells its entries and balances from others.
    """

    statement: str
    first: int
    last: int
    is_last: bool
    identifier: str = ""
    legal_number: str = ""
    period: str = ""
    opens_on: str = ""
    closes_on: str = ""
    content: str = ""

    @property
    def end(self) -> int:
        """The last page; one that is not numbered further than its first has that."""
        return max(self.first, self.last)

    @property
    def has_opening(self) -> bool:
        """Whether the pages say the opening balance, or may: of what was read before content was kept nothing is known."""
        return not self.content.startswith("None:")

    @property
    def has_closing(self) -> bool:
        """Whether the pages say the closing balance, or may."""
        return ":None:" not in self.content


Page = tuple[Piece, StatementFile]


def piece_of(summary: StatementSummary) -> Piece | None:
    """Return the piece that a file is, None if it waits for no page. A file with several such statements is none: nobody can tell which goes on where."""
    return _only(_waiting(summary))


def is_whole(summary: StatementSummary) -> bool:
    """Say whether none of the account's statements waits for pages. Pages that were read together and do not continue each other are several that do."""
    return not _waiting(summary)


def _waiting(summary: StatementSummary) -> list[Statement]:
    return [one for one in summary.statements if one.waits_for_pages and not one.is_of_another]


def proven_piece_of(summary: StatementSummary) -> Piece | None:
    """Return the piece that a file is which needs no other page to be booked, though it says that there are others: those may need it."""
    if summary.status not in TAKEN or piece_of(summary) is not None:
        return None
    return _only([one for one in summary.statements if one.lacks_pages and not one.is_of_another])


def _only(statements: Sequence[Statement]) -> Piece | None:
    if len(statements) != 1:
        return None
    [found] = statements
    return Piece(name_of(found), found.first_page, found.last_page, found.is_last_page, **asdict(found.marks))


def name_of(statement: Statement) -> str:
    """Return what a statement is known by. Banks number notifications by themselves: one is never a page of a statement."""
    return f"{'notice:' if statement.is_notice else ''}{plain_number(statement.account)}:{statement.currency}:{statement.number}"


def with_content(piece: Piece, summary: StatementSummary) -> Piece:
    """Return the piece with what tells its content, of the lines that were just read in the caller's transaction."""
    [found] = [statement for statement in summary.statements if name_of(statement) == piece.statement][:1]
    [(lines,)] = db.rows(
        "SELECT encode(sha256(convert_to(coalesce(string_agg(line_key, ' ' ORDER BY line_key), ''), 'UTF8')), 'hex') FROM read_line WHERE statement = %s",
        [found.index],
    )
    return replace(piece, content=f"{found.opening_minor}:{found.closing_minor}:{lines}")


def lock(file: StatementFile) -> None:
    """Wait until no other file of the account is being joined, so that two pages that come at once see each other; it ends with the transaction."""
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"statement_pages:{file.bank_account_id}"])


def list_pages(file: StatementFile, piece: Piece, *, is_locked: bool = True) -> list[Page]:
    """
    Return what is there of the statement, this file's own piece first, then the newest, and last what did not add up. A page that came again stands twice.

    What another file says of a page that is in use and says otherwise is of another statement: then nothing that is in use is returned. Locks those that are not in
    use unless they are only looked at; the caller holds `lock`.
    """
    others = StatementFile.objects.filter(
        bank_account_id=file.bank_account_id,
        summary__pages__statement=piece.statement,
        received_at__gte=file.received_at - timedelta(days=TOGETHER_DAYS),
        received_at__lte=file.received_at + timedelta(days=TOGETHER_DAYS),
    ).exclude(id=file.id)
    others = others.exclude(status="refused").order_by("-id")
    if is_locked:
        # What is in use stays as it is, and who takes a match back holds it already when this transaction comes to wait for runs.
        list(others.exclude(status__in=TAKEN).select_for_update(no_key=True).values_list("id")[:FILES_MAX])
    found = [(Piece(**row.summary["pages"]), row) for row in others[:FILES_MAX]]
    found = [(part, row) for part, row in found if agree(piece, part)]
    if any(row.status in TAKEN and contradict(piece, part) for part, row in found):
        found = [(part, row) for part, row in found if row.status not in TAKEN]
    found.sort(key=lambda page: page[1].status == "out_of_balance")
    return [(piece, file), *found]


def find_taken_otherwise(file: StatementFile, piece: Piece) -> StatementFile | None:
    """Return the file that brought a page of this very statement, by the bank's `Id` or its days, and said otherwise; its lines are in use."""
    rows = StatementFile.objects.filter(
        bank_account_id=file.bank_account_id,
        summary__pages__statement=piece.statement,
        status__in=TAKEN,
        received_at__gte=file.received_at - timedelta(days=TOGETHER_DAYS),
    ).order_by("-id")[:FILES_MAX]
    parts = [(Piece(**row.summary["pages"]), row) for row in rows]
    same = [(part, row) for part, row in parts if _is_of_one(piece, part) and agree(piece, part)]
    if any(is_same(piece, part) for part, _row in same):
        return None
    return next((row for part, row in same if contradict(piece, part)), None)


def agree(one: Piece, other: Piece) -> bool:
    """Say whether two pages may be of one statement: they name the same, and where both say a thing they say the same. No statement closes before it opens."""
    pairs = (
        (one.legal_number, other.legal_number),
        (one.period, other.period),
        (one.opens_on, other.opens_on),
        (one.closes_on, other.closes_on),
    )
    if one.statement != other.statement or any(a and b and a != b for a, b in pairs):
        return False
    opens_on, closes_on = one.opens_on or other.opens_on, one.closes_on or other.closes_on
    return not (opens_on and closes_on and closes_on < opens_on)


def _is_of_one(one: Piece, other: Piece) -> bool:
    """Say whether two pages are of one statement for sure: a number alone is none, because banks use it again."""
    if one.identifier or other.identifier:
        return one.identifier == other.identifier
    pairs = ((one.period, other.period), (one.opens_on, other.opens_on), (one.closes_on, other.closes_on))
    return any(a and a == b for a, b in pairs)


def is_same(one: Piece, other: Piece) -> bool:
    """Say whether two files bring the same pages with the same content. What was read before content was kept says nothing against it."""
    return (one.first, one.end, one.is_last) == (other.first, other.end, other.is_last) and (
        one.content == other.content or not (one.content and other.content)
    )


class TakenPages:
    """Pages that were taken as one statement, none of which lies over another, to look one up in."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = sorted(pages, key=lambda page: page[0].first)

    def over(self, piece: Piece) -> Page | None:
        """Return the first page that has pages of `piece`."""
        place = bisect_left(self._pages, piece.first, key=lambda page: page[0].end)
        found = self._pages[place] if place < len(self._pages) else None
        return found if found is not None and found[0].first <= piece.end else None


def contradict(one: Piece, other: Piece) -> bool:
    """Say whether two files bring a page of one number and differ in what they say."""
    return one.first <= other.end and other.first <= one.end and not is_same(one, other)


def find_disputed(pages: Sequence[Page]) -> int | None:
    """Return the first page that came twice with different content, None if none did. What did not add up is no rival: another may come in its place."""
    before: Piece | None = None
    for part in sorted((part for part, file in pages if file.status != "out_of_balance"), key=lambda part: part.first):
        # Those before it do not contradict each other, so that only the last of them can reach as far as this one.
        if before is not None and contradict(before, part):
            return part.first
        if before is None or part.first > before.end or not before.content:
            before = part
    return None


def joined(pages: Sequence[Page]) -> tuple[list[Page], int | None]:
    """Return the files that make the statement in the order of their pages, and the first page that is missing, None if it is whole."""
    by_first: dict[int, list[Page]] = {}
    for page in pages:
        by_first.setdefault(page[0].first, []).append(page)
    found: list[Page] = []
    told: Piece | None = None
    wanted = 1
    while True:
        fitting = next((page for page in by_first.get(wanted, ()) if told is None or agree(page[0], told)), None)
        if fitting is None:
            return found, wanted
        found.append(fitting)
        if fitting[0].is_last:
            return found, None
        told, wanted = _told_by_both(told, fitting[0]), fitting[0].end + 1


def what_is_there(pages: Sequence[Page]) -> list[Page]:
    """Return one file for each page there is, in their order, the first of `pages` among them."""
    found: list[Page] = []
    told: Piece | None = None
    for page in pages:
        own = page[0]
        place = bisect_left(found, own.first, key=lambda other: other[0].first)
        is_free = (place == len(found) or found[place][0].first > own.end) and (
            place == 0 or found[place - 1][0].end < own.first
        )
        if is_free and (told is None or agree(own, told)):
            found.insert(place, page)
            told = _told_by_both(told, own)
    return found


def _told_by_both(one: Piece | None, other: Piece) -> Piece:
    """Return what two pages that agree say together. Who agrees with it agrees with both."""
    if one is None:
        return other
    return replace(
        one,
        legal_number=one.legal_number or other.legal_number,
        period=one.period or other.period,
        opens_on=one.opens_on or other.opens_on,
        closes_on=one.closes_on or other.closes_on,
    )


def pages_in_use_beside(pages: Sequence[Page]) -> list[Page]:
    """Return the first of `pages` with those in use that are other pages of its statement, in their order; none if it is the only one, or came before, or is disputed."""
    [own, *others] = pages
    in_use = [page for page in others if page[1].status in TAKEN]
    if not in_use or any(is_same(own[0], part) for part, _file in in_use) or find_disputed([own, *in_use]) is not None:
        return []
    return what_is_there([own, *in_use])


def notices_in_use_beside(pages: Sequence[Page]) -> list[Page]:
    """
    Return `pages_in_use_beside` of a notification or report of the day, for which nothing but what the bank writes on them speaks.

    Their `Id` or their period is one, and none stands behind one that calls itself the last: a report that grows during the day tells the same entries again.
    """
    [own, *others] = pages
    piece = own[0]
    of_one = [
        page
        for page in others
        if page[0].identifier == piece.identifier or (piece.period and page[0].period == piece.period)
    ]
    beside = pages_in_use_beside([own, *of_one])
    return [] if any(part.is_last for part, _file in beside[:-1]) else beside


def missing_pages(pages: Sequence[Page]) -> list[int]:
    """Return the numbers of the pages that are not among `pages`, which stand in order, up to the one behind the last that does not call itself that."""
    there = {number for part, _file in pages for number in range(part.first, part.end + 1)}
    last = pages[-1][0]
    return [number for number in range(1, last.end + (1 if last.is_last else 2)) if number not in there]


def candidates(pages: Sequence[Page]) -> Iterator[tuple[list[Page], bool]]:
    """
    Yield those of the pages that may be one statement with the first of them, and whether they have to prove it.

    By the bank's own `Id` they are one; with an `Id` each they are if they add up.
    """
    own = [page for page in pages if page[0].identifier == pages[0][0].identifier]
    yield own, False
    if len(own) < len(pages):
        yield list(pages), True


def as_json(piece: Piece) -> dict[str, Any]:
    """Return the piece as it is kept in the summary of its file."""
    return asdict(piece)
