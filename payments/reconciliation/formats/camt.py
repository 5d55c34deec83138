"""
ISO 20022 account statements (camt.053), intraday reports (camt.052) and notifications (camt.054), every version.

Streamed: one entry's element is in memory at a time. No DTD, no entity, no network: a document that has a DOCTYPE is
refused before anything in it is used. Real banks' files are not always valid by the schema, so it is not asked;
balances are proof enough, and where they are missing the bank's own summary. Only OPBD (or PRCD) and CLBD are balances of the books. A message is known by its root element, because
some programs leave its namespace away or write one of their own, and it may lie in an envelope: the ISO's own of a business
message, or the payload of a bank's or SWIFT's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import BinaryIO

from lxml import etree

from payments.reconciliation.formats.base import Item, Marks, NotAStatement, OpenStatement
from payments.reconciliation.formats.camt_entry import (
    Element,
    account_of,
    child,
    day_of,
    name_of,
    path,
    read_entry,
    signed_amount,
    text_of,
)
from payments.reconciliation.formats.camt_summary import Comparison, PageSums
from payments.settlement.formats.checks import RowCheck

# The element that holds the statements, and the message it is of.
_ROOTS = {"BkToCstmrAcctRpt": "camt.052", "BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
# The parser ends what it says with where.
_PLACE = re.compile(r", line \d+, column \d+$")
_VERSION = re.compile(r"camt\.05[234]\.\d{3}\.\d{2}")
# Of a message whose namespace names no version.
_NO_VERSION = ".001"
_STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_PAGINATIONS = frozenset({"StmtPgntn", "RptPgntn", "NtfctnPgntn"})
# What stands before the document in an envelope: a business application header has some thirty elements.
_ENVELOPE_ELEMENTS_MAX = 200
# As the message's own definition has it.
_PAGE_DIGITS_MAX = 5
# Parts of a statement that are read when they end, and then forgotten.
_PARTS = frozenset({"Acct", "Bal", "Ntry", "FrToDt", "ElctrncSeqNb", "LglSeqNb", "Id", "TxsSummry"}) | _PAGINATIONS


def find_message(stream: BinaryIO) -> str | None:
    """Return the message's own name ("camt.053.001.08"), or None if this is no camt document. Rewinds the stream."""
    stream.seek(0)
    try:
        for _, element in islice(_parse(stream, events=("start",)), _ENVELOPE_ELEMENTS_MAX):
            message = _ROOTS.get(name_of(element))
            if message is not None:
                version = _VERSION.search(element.tag)
                return version[0] if version and version[0].startswith(message) else message + _NO_VERSION
    except etree.XMLSyntaxError:
        return None
    finally:
        stream.seek(0)
    return None


def read(stream: BinaryIO) -> Iterator[Item]:
    """
    Yield each entry, and each statement behind its entries; the pages of one statement are joined.

    :raises NotAStatement: if the document is broken, has a DOCTYPE, or holds no statement.
    """
    yield from read_pages([stream])


def read_pages(streams: Iterable[BinaryIO]) -> Iterator[Item]:
    """
    Yield what `read` yields of documents that continue each other, in the order of their pages: a statement may begin in one and end in another.

    A document is asked for once the one before is read, so that one alone need be open.

    :raises NotAStatement: as `read` does, of any of them.
    """
    reader = _Reader()
    for stream in streams:
        stream.seek(0)
        try:
            yield from reader.items(_parse(stream, events=("start", "end")))
        except etree.XMLSyntaxError as error:
            line, column = error.position
            told = _PLACE.sub("", error.msg or "")
            message = f"the XML breaks off or is wrong at line {line}, column {column}: {told}"
            raise NotAStatement(message, line=max(line or 1, 1), code="xml_malformed") from error
    yield from reader.end()


def _parse(stream: BinaryIO, *, events: tuple[str, ...]) -> Iterator[tuple[str, Element]]:
    context = etree.iterparse(
        stream,
        events=events,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_first = True
    for event, element in context:
        if is_first and element.getroottree().docinfo.doctype:
            raise NotAStatement("a statement has no DOCTYPE; this one is not read", code="xml_doctype")
        is_first = False
        yield event, element


class _Reader:
    """
    Walks one document, or several that continue each other, past the envelope around each.

    `_open` is the statement being read. It stays open behind a page that is not the last, and the next page belongs
    to it if it is of the same account and does not call itself the first. Where the message itself is a page of several
    (`MsgPgntn`), its first statement continues the last of the message before.
    """

    def __init__(self) -> None:
        self._open: OpenStatement | None = None
        self._is_left_by_message = False
        self._is_notice = False
        self._totals: list[Comparison] = []
        self._index = 0
        self._begin_message()
        self._begin_page()

    def items(self, events: Iterator[tuple[str, Element]]) -> Iterator[Item]:
        """Yield entries and statements of a document while elements end."""
        self._begin_message()
        ancestors: list[str] = []
        for event, element in events:
            name = name_of(element)
            if not ancestors and (event == "end" or name not in _ROOTS):
                continue
            if event == "start":
                ancestors.append(name)
                if name in _STATEMENTS and len(ancestors) == 2:
                    self._begin_page()
                    # The pages of a notification or a report prove nothing together: none waits for another file.
                    self._is_notice = name != "Stmt"
                continue
            ancestors.pop()
            if name == "MsgPgntn" and ancestors[1:] == ["GrpHdr"]:
                self._message_page, self._is_last_message = _pagination(element)
            elif name in _PARTS and len(ancestors) == 2 and ancestors[1] in _STATEMENTS:
                yield from self._part(name, element)
                _forget(element)
            elif name in _STATEMENTS and len(ancestors) == 1:
                yield from self._end_page()
                _forget(element)

    def end(self) -> Iterator[Item]:
        """Yield the statement whose last page is not there, if there is one."""
        yield from self._finish(is_partial=True)
        if self._index == 0:
            raise NotAStatement("the document holds no statement", code="statement_missing")

    def _begin_message(self) -> None:
        self._message_page, self._is_last_message = "1", True
        self._is_first_of_message = True

    def _begin_page(self) -> None:
        self._identifier, self._number, self._legal_number, self._period_text = "", "", "", ""
        self._page, self._is_last_page = self._message_page if self._is_first_of_message else "1", self._is_last_message
        self._is_first_of_message, self._says_page = False, False
        self._period: tuple[date | None, date | None] = (None, None)
        self._sums = PageSums()

    def _end_page(self) -> Iterator[Item]:
        if self._open is None:
            yield from self._join("", "")
        if self._open is not None:
            self._totals.append(self._sums.compare(self._open))
            self._open.last_page, self._open.is_last_page = _number_of(self._page), self._is_last_page
            self._is_left_by_message = not self._says_page
        if self._is_last_page:
            yield from self._finish(is_partial=False)

    def _part(self, name: str, element: Element) -> Iterator[Item]:
        if name == "Id":
            self._identifier = text_of(element)
        elif name in ("ElctrncSeqNb", "LglSeqNb"):
            self._number = self._number or text_of(element)
            if name == "LglSeqNb":
                self._legal_number = text_of(element)
        elif name == "FrToDt":
            self._period = day_of(element, "FrDtTm", "FrDt"), day_of(element, "ToDtTm", "ToDt")
            self._period_text = "/".join(text_of(part) for part in element)
        elif name == "TxsSummry":
            self._sums.told(element)
        elif name == "Acct":
            yield from self._join(account_of(element), text_of(child(element, "Ccy")).upper())
        elif name in ("Bal", "Ntry"):
            if self._open is None:
                yield from self._join("", "")
            yield from self._book(name, element, self._open)
        else:
            self._page, self._is_last_page = _pagination(element)
            self._says_page = True

    def _book(self, name: str, element: Element, statement: OpenStatement | None) -> Iterator[Item]:
        if statement is None:
            return
        if name == "Bal":
            _balance(element, statement)
        else:
            entry = read_entry(element, statement)
            self._sums.count(entry)
            yield statement.count(entry)

    def _join(self, account: str, currency: str) -> Iterator[Item]:
        """Let the page continue the statement that waits for it, or finish that one and open a new one."""
        if self._open is not None and (_plain(self._open.account) != _plain(account) or self._page == "1"):
            # A message that goes on behind this statement leaves every statement of it open until the next one begins.
            if self._is_left_by_message:
                self._open.is_last_page = True
            yield from self._finish(is_partial=not self._is_left_by_message)
        since, until = self._period
        if self._open is None:
            self._open = OpenStatement(self._index, account=account, currency=currency)
            self._open.number = self._number or self._identifier
            self._open.opened_on = since
            self._open.first_page = _number_of(self._page)
            self._open.is_notice = self._is_notice
            self._open.marks = Marks(self._identifier, self._legal_number, self._period_text)
            self._totals = []
        self._open.closed_on = until or self._open.closed_on

    def _finish(self, *, is_partial: bool) -> Iterator[Item]:
        if self._open is None:
            return
        statement, self._open = self._open, None
        statement.is_partial = is_partial
        if statement.opening_minor is None or statement.closing_minor is None:
            statement.failures.extend(failure for total in self._totals for failure in total.failures)
            nets = [total.net_minor for total in self._totals if total.net_minor is not None]
            if nets and len(nets) == len(self._totals):
                statement.total_minor = sum(nets)
        self._index += 1
        yield statement.close()


def _plain(account: str) -> str:
    """An account without the spaces that banks write into some of its places."""
    return "".join(account.split())


def _pagination(element: Element) -> tuple[str, bool]:
    return text_of(child(element, "PgNb")), text_of(child(element, "LastPgInd")).casefold() not in ("false", "0")


def _number_of(page: str) -> int:
    return int(page) if page.isdecimal() and len(page) <= _PAGE_DIGITS_MAX else 1


def _balance(element: Element, statement: OpenStatement) -> None:
    code = text_of(path(element, "Tp", "CdOrPrtry", "Cd")).upper()
    if code not in ("OPBD", "PRCD", "CLBD"):
        return
    is_opening = code != "CLBD"
    check = RowCheck(element.sourceline or 1)
    currency, minor = signed_amount(element, check, is_balance=True)
    statement.currency = statement.currency or currency
    if not check.failures and currency != statement.currency:
        check.fail(
            "Bal", "currency_mismatch", f"the {code} balance is in {currency}, the account in {statement.currency}"
        )
    statement.failures.extend(check.failures)
    if check.failures:
        return
    day = day_of(child(element, "Dt"), "Dt", "DtTm")
    if not is_opening:
        statement.closing_minor = minor
        statement.closed_on = statement.closed_on or day
        statement.marks = replace(statement.marks, closes_on=day.isoformat() if day else "")
    elif statement.opening_minor is None or (code == "OPBD" and not statement.has_opening):
        statement.opening_minor, statement.opened_on = minor, statement.opened_on or day
        statement.marks = replace(statement.marks, opens_on=day.isoformat() if day else "")
        # A previous closing balance (PRCD) only stands in until the opening balance itself comes.
        statement.has_opening = code == "OPBD"


def _forget(element: Element) -> None:
    """Free what has been read, and the empty elements before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
