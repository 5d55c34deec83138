"""
ISO 20022 account statements (camt.053), intraday reports (camt.052) and notifications (camt.054), every version.

Streamed: one entry's element is in memory at a time. No DTD, no entity, no network: a document that has a DOCTYPE is
refused before anything in it is used. Real banks' files are not always valid by the schema, so it is not asked;
balances are proof enough. Only OPBD (or PRCD) and CLBD are balances of the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from lxml import etree

from payments.reconciliation.formats.base import EntryDetail, Item, NotAStatement, OpenStatement, StatementEntry
from payments.settlement.formats.checks import RowCheck, shown

MESSAGES = ("camt.052.", "camt.053.", "camt.054.")
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_PAGINATIONS = frozenset({"StmtPgntn", "RptPgntn", "NtfctnPgntn"})
# Parts of a statement that are read when they end, and then forgotten.
_PARTS = frozenset({"Acct", "Bal", "Ntry", "FrToDt", "ElctrncSeqNb", "LglSeqNb", "Id"}) | _PAGINATIONS
# One entry of a salary batch holds a few thousand payments; what is kept as the original text has a bound.
_RAW_CHARS_MAX = 1 << 16
_DETAILS_MAX = 10_000
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})

Element = Any


def find_message(stream: BinaryIO) -> str | None:
    """Return the message's own name ("camt.053.001.08"), or None if this is no camt document. Rewinds the stream."""
    stream.seek(0)
    try:
        for _, element in _parse(stream, events=("start",)):
            namespace, _, name = element.tag.rpartition("}")
            message = namespace.removeprefix("{").removeprefix(_NAMESPACE)
            return message if name == "Document" and message.startswith(MESSAGES) else None
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
    stream.seek(0)
    try:
        yield from _Reader().items(_parse(stream, events=("start", "end")))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = f"the XML breaks off or is wrong at line {line}, column {column}: {error.msg}"
        raise NotAStatement(message, line=max(line or 1, 1), code="xml_malformed") from error


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
    Walks one document.

    `_open` is the statement being read. It stays open behind a page that is not the last, and the next page belongs
    to it if it is of the same account and does not call itself the first.
    """

    def __init__(self) -> None:
        self._open: OpenStatement | None = None
        self._index = 0
        self._begin_page()

    def items(self, events: Iterator[tuple[str, Element]]) -> Iterator[Item]:
        """Yield entries and statements while elements end."""
        ancestors: list[str] = []
        for event, element in events:
            name = _name(element)
            if event == "start":
                ancestors.append(name)
                if name in _STATEMENTS and len(ancestors) == 3:
                    self._begin_page()
                continue
            ancestors.pop()
            if name in _PARTS and len(ancestors) == 3 and ancestors[2] in _STATEMENTS:
                yield from self._part(name, element)
                _forget(element)
            elif name in _STATEMENTS and len(ancestors) == 2:
                yield from self._end_page()
                _forget(element)
        yield from self._finish(is_partial=True)
        if self._index == 0:
            raise NotAStatement("the document holds no statement", code="statement_missing")

    def _begin_page(self) -> None:
        self._identifier, self._number = "", ""
        self._page, self._is_last_page = "1", True
        self._period: tuple[date | None, date | None] = (None, None)

    def _end_page(self) -> Iterator[Item]:
        if self._open is None:
            yield from self._join("", "")
        if self._is_last_page:
            yield from self._finish(is_partial=False)

    def _part(self, name: str, element: Element) -> Iterator[Item]:
        if name == "Id":
            self._identifier = _text(element)
        elif name in ("ElctrncSeqNb", "LglSeqNb"):
            self._number = self._number or _text(element)
        elif name == "FrToDt":
            self._period = _day_of(element, "FrDtTm", "FrDt"), _day_of(element, "ToDtTm", "ToDt")
        elif name == "Acct":
            yield from self._join(_account(element), _text(_child(element, "Ccy")).upper())
        elif name in ("Bal", "Ntry"):
            if self._open is None:
                yield from self._join("", "")
            yield from self._book(name, element, self._open)
        else:
            self._page = _text(_child(element, "PgNb"))
            self._is_last_page = _text(_child(element, "LastPgInd")).casefold() not in ("false", "0")

    def _book(self, name: str, element: Element, statement: OpenStatement | None) -> Iterator[Item]:
        if statement is None:
            return
        if name == "Bal":
            _balance(element, statement)
        else:
            yield statement.count(_entry(element, statement))

    def _join(self, account: str, currency: str) -> Iterator[Item]:
        """Let the page continue the statement that waits for it, or finish that one and open a new one."""
        if self._open is not None and (self._open.account != account or self._page == "1"):
            yield from self._finish(is_partial=True)
        since, until = self._period
        if self._open is None:
            self._open = OpenStatement(self._index, account=account, currency=currency)
            self._open.number = self._number or self._identifier
            self._open.opened_on = since
        self._open.closed_on = until or self._open.closed_on

    def _finish(self, *, is_partial: bool) -> Iterator[Item]:
        if self._open is None:
            return
        statement, self._open = self._open, None
        statement.is_partial = is_partial
        self._index += 1
        yield statement.close()


def _balance(element: Element, statement: OpenStatement) -> None:
    code = _text(_path(element, "Tp", "CdOrPrtry", "Cd")).upper()
    if code not in ("OPBD", "PRCD", "CLBD"):
        return
    is_opening = code != "CLBD"
    check = RowCheck(element.sourceline or 1)
    currency, minor = _signed_amount(element, check)
    statement.currency = statement.currency or currency
    if not check.failures and currency != statement.currency:
        check.fail(
            "Bal", "currency_mismatch", f"the {code} balance is in {currency}, the account in {statement.currency}"
        )
    statement.failures.extend(check.failures)
    if check.failures:
        return
    day = _day_of(_child(element, "Dt"), "Dt", "DtTm")
    if not is_opening:
        statement.closing_minor = minor
        statement.closed_on = statement.closed_on or day
    elif statement.opening_minor is None or code == "OPBD" and not statement.has_opening:
        statement.opening_minor, statement.opened_on = minor, statement.opened_on or day
        # A previous closing balance (PRCD) only stands in until the opening balance itself comes.
        statement.has_opening = code == "OPBD"


def _entry(element: Element, statement: OpenStatement) -> StatementEntry:
    check = RowCheck(element.sourceline or 1)
    currency, minor = _signed_amount(element, check)
    statement.currency = statement.currency or currency
    if not check.failures and currency != statement.currency:
        message = f"the entry is in {currency}, the account in {statement.currency}"
        check.fail("Amt", "currency_mismatch", message)
    transactions = [tx for part in _children(element, "NtryDtls") for tx in _children(part, "TxDtls")][:_DETAILS_MAX]
    details = tuple(_detail(transaction, minor) for transaction in transactions)
    first = details[0] if len(details) == 1 else None
    more = _text(_child(element, "AddtlNtryInf"))
    texts = dict.fromkeys(text for text in (*(detail.text for detail in details), more) if text)
    return StatementEntry(
        statement=statement.index,
        line=element.sourceline or 1,
        amount_minor=minor,
        currency=currency,
        booked_on=_day(_child(element, "BookgDt"), check),
        value_on=_day(_child(element, "ValDt"), check),
        text=" ".join(texts)[:_RAW_CHARS_MAX],
        end_to_end_id=first.end_to_end_id if first else "",
        bank_reference=_text(_child(element, "AcctSvcrRef")) or _text(_child(element, "NtryRef")),
        counterparty_name=first.counterparty_name if first else "",
        counterparty_iban=first.counterparty_iban if first else "",
        is_pending=_standing(element) != "BOOK",
        raw=etree.tostring(element, encoding="unicode", with_tail=False)[:_RAW_CHARS_MAX],
        details=details,
        failures=tuple(check.failures),
    )


def _detail(transaction: Element, entry_minor: int) -> EntryDetail:
    """Read one payment of an entry. The counterparty is who paid us or whom we paid, by the entry's own sign."""
    check = RowCheck(transaction.sourceline or 1)
    minor: int | None = None
    if _child(transaction, "Amt") is not None:
        _, minor = _signed_amount(transaction, check, default="CRDT" if entry_minor >= 0 else "DBIT")
    end_to_end_id = _text(_path(transaction, "Refs", "EndToEndId"))
    parties = _child(transaction, "RltdPties")
    role = "Dbtr" if entry_minor >= 0 else "Cdtr"
    party = _child(parties, role)
    remittance = _child(transaction, "RmtInf")
    texts = [_text(part) for part in _children(remittance, "Ustrd")]
    texts += [_text(_path(part, "CdtrRefInf", "Ref")) for part in _children(remittance, "Strd")]
    texts.append(_text(_child(transaction, "AddtlTxInf")))
    return EntryDetail(
        amount_minor=None if check.failures else minor,
        text=" ".join(text for text in texts if text),
        end_to_end_id="" if end_to_end_id.upper() in _NO_REFERENCE else end_to_end_id,
        counterparty_name=_text(_child(party, "Nm")) or _text(_path(party, "Pty", "Nm")),
        counterparty_iban=_text(_path(parties, f"{role}Acct", "Id", "IBAN")),
    )


def _signed_amount(element: Element, check: RowCheck, *, default: str = "") -> tuple[str, int]:
    """Return currency and signed minor units, or zero and a failure."""
    amount = _child(element, "Amt")
    currency = (amount.get("Ccy") or "").strip().upper() if amount is not None else ""
    minor = check.amount(_text(amount), check.decimals(currency, "Amt"), "Amt")
    direction = _text(_child(element, "CdtDbtInd")).upper() or default
    if direction not in ("CRDT", "DBIT"):
        check.fail("CdtDbtInd", "direction_unknown", f"{shown(direction)} is neither CRDT nor DBIT")
        return currency, 0
    return currency, minor if direction == "CRDT" else -minor


def _standing(entry: Element) -> str:
    """Return BOOK, PDNG, INFO or FUTR: a text up to version 7, a code below `Sts` from version 8 on."""
    status = _child(entry, "Sts")
    return (_text(_child(status, "Cd")) or _text(status) or "BOOK").upper()


def _account(element: Element) -> str:
    identification = _child(element, "Id")
    return _text(_child(identification, "IBAN")) or _text(_path(identification, "Othr", "Id"))


def _day(element: Element | None, check: RowCheck) -> date | None:
    text = _text(_child(element, "Dt")) or _text(_child(element, "DtTm"))
    return check.day(text, _name(element)) if element is not None else None


def _day_of(element: Element | None, *names: str) -> date | None:
    """Return the day of a statement's own dates, which no sum depends on: None if it cannot be read."""
    text = next((text for text in (_text(_child(element, name)) for name in names) if text), "")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _name(element: Element) -> str:
    """Return the tag without its namespace; an entity node, which has none, is no name at all."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [child for child in element if _name(child) == name]


def _child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((child for child in element if _name(child) == name), None)


def _path(element: Element | None, *names: str) -> Element | None:
    for name in names:
        element = _child(element, name)
    return element


def _text(element: Element | None) -> str:
    return " ".join((element.text or "").split()) if element is not None else ""


def _forget(element: Element) -> None:
    """Free what has been read, and the empty elements before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
