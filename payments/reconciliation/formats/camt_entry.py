"""What one camt element says: an entry, its payments, an amount, a party. No element is changed here."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from payments.reconciliation.formats.base import EntryDetail, OpenStatement, StatementEntry
from payments.reconciliation.formats.mt940_details import joined
from payments.reconciliation.formats.references import structured_reference
from payments.settlement.formats.checks import RowCheck, shown

# One entry of a salary batch holds a few thousand payments; what is kept as the original text has a bound.
_RAW_CHARS_MAX = 1 << 16
_DETAILS_MAX = 10_000
# The longest `Ustrd`; what is longer goes on in the next one.
_REMITTANCE_CHARS = 140
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})
# More digits than a bank has, and as many as a float prints.
_NOISY = re.compile(r"(\d{1,15})\.(\d{7,17})", re.ASCII)

Element = Any


def read_entry(element: Element, statement: OpenStatement) -> StatementEntry:
    """Return one booked or pending entry; what cannot be read of it is among its failures."""
    check = RowCheck(element.sourceline or 1)
    currency, minor = signed_amount(element, check)
    statement.currency = statement.currency or currency
    if not check.failures and currency != statement.currency:
        message = f"the entry is in {currency}, the account in {statement.currency}"
        check.fail("Amt", "currency_mismatch", message)
    transactions = [tx for part in children(element, "NtryDtls") for tx in children(part, "TxDtls")][:_DETAILS_MAX]
    role = _other_side(element, minor)
    details = tuple(_detail(transaction, minor, role) for transaction in transactions)
    first = details[0] if len(details) == 1 else None
    more = text_of(child(element, "AddtlNtryInf"))
    texts = dict.fromkeys(text for text in (*(detail.text for detail in details), more) if text)
    value_on = _day(child(element, "ValDt"), check)
    booked_on = _day(child(element, "BookgDt"), check) or value_on
    if booked_on is None and not check.failures:
        # The standard leaves both days to the bank. Of a day's statement it can only be that day.
        booked_on = statement.closed_on if statement.closed_on == statement.opened_on else None
        if booked_on is None:
            check.fail("BookgDt", "date_missing", "there is no date")
    return StatementEntry(
        statement=statement.index,
        line=element.sourceline or 1,
        amount_minor=minor,
        currency=currency,
        booked_on=booked_on,
        value_on=value_on,
        text=" ".join(texts)[:_RAW_CHARS_MAX],
        end_to_end_id=first.end_to_end_id if first else "",
        bank_reference=_bank_reference(element, transactions),
        counterparty_name=first.counterparty_name if first else "",
        counterparty_iban=first.counterparty_iban if first else "",
        is_pending=_standing(element) != "BOOK",
        raw=etree.tostring(element, encoding="unicode", with_tail=False)[:_RAW_CHARS_MAX],
        details=details,
        failures=tuple(check.failures),
        reference=first.reference if first else "",
    )


def _bank_reference(entry: Element, transactions: list[Element]) -> str:
    """
    Return what the bank knows the entry by, or that of its only payment.

    `NtryRef` is none: it is a number within the file, or with Swiss collections the same for every entry, and the next file has another one.
    """
    own = text_of(child(entry, "AcctSvcrRef"))
    if own.upper() in _NO_REFERENCE and len(transactions) == 1:
        own = text_of(path(transactions[0], "Refs", "AcctSvcrRef"))
    return "" if own.upper() in _NO_REFERENCE else own


def _other_side(entry: Element, minor: int) -> str:
    """Return who paid us or whom we paid, by the entry's own sign. What is taken back keeps the sides of the payment it takes back."""
    is_reversal = text_of(child(entry, "RvslInd")).casefold() in ("true", "1")
    return "Dbtr" if (minor >= 0) != is_reversal else "Cdtr"


def _detail(transaction: Element, entry_minor: int, role: str) -> EntryDetail:
    """Read one payment of an entry; `role` is the counterparty's side in it."""
    check = RowCheck(transaction.sourceline or 1)
    minor: int | None = None
    currency = ""
    # Up to version 3 the amount stands one level deeper.
    holder = transaction if child(transaction, "Amt") is not None else path(transaction, "AmtDtls", "TxAmt")
    if child(holder, "Amt") is not None:
        direction = text_of(child(transaction, "CdtDbtInd")).upper() or ("CRDT" if entry_minor >= 0 else "DBIT")
        currency, minor = signed_amount(holder, check, default=direction)
    end_to_end_id = text_of(path(transaction, "Refs", "EndToEndId"))
    parties = child(transaction, "RltdPties")
    party = child(parties, role)
    remittance = child(transaction, "RmtInf")
    texts = [joined([part.text or "" for part in children(remittance, "Ustrd")], wrapped_chars=_REMITTANCE_CHARS)]
    references = [text_of(path(part, "CdtrRefInf", "Ref")) for part in children(remittance, "Strd")]
    reference = " ".join(dict.fromkeys(text for text in references if text)) or structured_reference(texts)
    texts += references
    texts.append(text_of(child(transaction, "AddtlTxInf")))
    return EntryDetail(
        amount_minor=None if check.failures else minor,
        text=" ".join(text for text in texts if text),
        end_to_end_id="" if end_to_end_id.upper() in _NO_REFERENCE else end_to_end_id,
        counterparty_name=text_of(child(party, "Nm")) or text_of(path(party, "Pty", "Nm")),
        counterparty_iban=text_of(path(parties, f"{role}Acct", "Id", "IBAN")),
        currency=currency,
        reference=reference,
    )


def signed_amount(
    element: Element | None, check: RowCheck, *, default: str = "", is_balance: bool = False
) -> tuple[str, int]:
    """
    Return currency and signed minor units, or zero and a failure. A negative amount is one.

    A balance, which its entries prove, may have been a float at the bank, and may have a sign.
    """
    amount = child(element, "Amt")
    currency = (amount.get("Ccy") or "").strip().upper() if amount is not None else ""
    decimals = check.decimals(currency, "Amt")
    text = text_of(amount)
    if is_balance and decimals is not None:
        text = _without_float_noise(text, decimals)
    minor = check.amount(text, decimals, "Amt")
    if minor < 0 and not is_balance:
        # The standard's amounts begin at 0 (`minInclusive`). Whether such a bank means a debit, or a credit that it takes back, nobody can know.
        check.fail(
            "Amt",
            "amount_negative",
            f"{shown(text)} is negative: CdtDbtInd says which way money goes, and an amount has no sign",
        )
        return currency, 0
    direction = text_of(child(element, "CdtDbtInd")).upper() or default
    if not direction:
        check.fail("CdtDbtInd", "direction_missing", "it is not said whether the amount is a credit or a debit")
        return currency, 0
    if direction not in ("CRDT", "DBIT"):
        check.fail("CdtDbtInd", "direction_unknown", f"{shown(direction)} is neither CRDT nor DBIT")
        return currency, 0
    return currency, minor if direction == "CRDT" else -minor


def _without_float_noise(text: str, decimals: int) -> str:
    """Return "100.0000000000005" as "100.00": what is that near to a whole number of smallest units was one before a program made a float of it."""
    match = _NOISY.fullmatch(text)
    if match is None or not re.fullmatch(r"0{5}\d*|9{5}\d*", match[2][decimals:]):
        return text
    return f"{Decimal(text):.{decimals}f}"


def _standing(entry: Element) -> str:
    """Return BOOK, PDNG, INFO or FUTR: a text up to version 7, a code below `Sts` from version 8 on."""
    status = child(entry, "Sts")
    return (text_of(child(status, "Cd")) or text_of(status) or "BOOK").upper()


def account_of(element: Element) -> str:
    """Return the IBAN, or whatever else the bank calls the account by."""
    identification = child(element, "Id")
    return text_of(child(identification, "IBAN")) or text_of(path(identification, "Othr", "Id"))


def _day(element: Element | None, check: RowCheck) -> date | None:
    text = text_of(child(element, "Dt")) or text_of(child(element, "DtTm"))
    return check.day(text, name_of(element)) if element is not None else None


def day_of(element: Element | None, *names: str) -> date | None:
    """Return the day of a statement's own dates, which no sum depends on: None if it cannot be read."""
    text = next((text for text in (text_of(child(element, name)) for name in names) if text), "")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def name_of(element: Element) -> str:
    """Return the tag without its namespace; an entity node, which has none, is no name at all."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element | None, name: str) -> list[Element]:
    """Return the parts of that name, none if there is no element."""
    return [] if element is None else [part for part in element if name_of(part) == name]


def child(element: Element | None, name: str) -> Element | None:
    """Return the first part of that name, or None."""
    if element is None:
        return None
    return next((part for part in element if name_of(part) == name), None)


def path(element: Element | None, *names: str) -> Element | None:
    """Return the part found by going down `names`, or None."""
    for name in names:
        element = child(element, name)
    return element


def text_of(element: Element | None) -> str:
    """Return the element's own text on one line, empty if there is no element."""
    return " ".join((element.text or "").split()) if element is not None else ""
