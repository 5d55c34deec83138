"""Statements as files: camt.053.001.08 and MT940. The same day always gives the same bytes."""

from __future__ import annotations

from datetime import timedelta
from textwrap import wrap
from xml.etree import ElementTree

from .bank import Entry, Statement
from .currencies import major

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def as_camt053(statement: Statement) -> bytes:
    """Return the statement as a camt.053.001.08 document."""
    document = ElementTree.Element("Document", xmlns=_NAMESPACE)
    root = ElementTree.SubElement(document, "BkToCstmrStmt")
    # Banks print the statement early on the next morning.
    created = f"{statement.date + timedelta(days=1)}T05:00:00Z"
    header = _add(root, "GrpHdr")
    _add(header, "MsgId", f"CAMT053-{statement.date:%Y%m%d}")
    _add(header, "CreDtTm", created)
    block = _add(root, "Stmt")
    _add(block, "Id", f"{statement.iban}-{statement.date:%Y%m%d}"[:35])
    _add(block, "ElctrncSeqNb", f"{statement.date:%j}")
    _add(block, "CreDtTm", created)
    account = _add(block, "Acct")
    _add(_add(account, "Id"), "IBAN", statement.iban)
    _add(account, "Ccy", statement.currency)
    _add(_add(account, "Ownr"), "Nm", statement.owner[:140])
    _balance(block, statement, "OPBD", statement.opening_minor)
    _balance(block, statement, "CLBD", statement.closing_minor)
    for entry in statement.entries:
        _entry(block, statement, entry)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(document)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child


def _amount(parent: ElementTree.Element, amount_minor: int, currency: str) -> None:
    _add(parent, "Amt", major(abs(amount_minor), currency)).set("Ccy", currency)
    _add(parent, "CdtDbtInd", "DBIT" if amount_minor < 0 else "CRDT")


def _balance(block: ElementTree.Element, statement: Statement, code: str, amount_minor: int) -> None:
    balance = _add(block, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, amount_minor, statement.currency)
    _add(_add(balance, "Dt"), "Dt", str(statement.date))


def _entry(block: ElementTree.Element, statement: Statement, entry: Entry) -> None:
    line = _add(block, "Ntry")
    _amount(line, entry.amount_minor, statement.currency)
    _add(_add(line, "Sts"), "Cd", "BOOK")
    _add(_add(line, "BookgDt"), "Dt", str(statement.date))
    _add(_add(line, "ValDt"), "Dt", str(statement.date))
    _add(line, "AcctSvcrRef", entry.bank_reference)
    domain = _add(_add(line, "BkTxCd"), "Domn")
    _add(domain, "Cd", "PMNT")
    family = _add(domain, "Fmly")
    _add(family, "Cd", "ICDT" if entry.amount_minor < 0 else "RCDT")
    _add(family, "SubFmlyCd", "ESCT")
    details = _add(_add(line, "NtryDtls"), "TxDtls")
    references = _add(details, "Refs")
    _add(references, "AcctSvcrRef", entry.bank_reference)
    _add(references, "EndToEndId", entry.end_to_end_id[:35] or "NOTPROVIDED")
    _amount(details, entry.amount_minor, statement.currency)
    remittance = _add(details, "RmtInf")
    for start in range(0, len(entry.text), 140):
        _add(remittance, "Ustrd", entry.text[start : start + 140])


def as_mt940(statement: Statement) -> bytes:
    """Return the statement as one MT940 message."""
    lines = [
        f":20:SBX{statement.date:%y%m%d}",
        f":25:{statement.iban}",
        f":28C:{statement.date:%j}/1",
        f":60F:{_mt_balance(statement, statement.opening_minor)}",
    ]
    for entry in statement.entries:
        sign = "D" if entry.amount_minor < 0 else "C"
        amount = _comma(abs(entry.amount_minor), statement.currency)
        lines.append(f":61:{statement.date:%y%m%d%m%d}{sign}{amount}NTRFNONREF//{entry.bank_reference}")
        # 65 signs a line, six lines: the form's own limit. The reference has a line to itself, so it is never broken.
        story = wrap(entry.text, 65) + ([f"EREF+{entry.end_to_end_id}"] if entry.end_to_end_id else [])
        lines.append(":86:" + "\r\n".join(story[-6:]))
    lines.append(f":62F:{_mt_balance(statement, statement.closing_minor)}")
    return ("\r\n".join([*lines, "-"]) + "\r\n").encode("utf-8")


def _mt_balance(statement: Statement, amount_minor: int) -> str:
    sign = "D" if amount_minor < 0 else "C"
    amount = _comma(abs(amount_minor), statement.currency)
    return f"{sign}{statement.date:%y%m%d}{statement.currency}{amount}"


def _comma(amount_minor: int, currency: str) -> str:
    text = major(amount_minor, currency).replace(".", ",")
    return text if "," in text else text + ","
