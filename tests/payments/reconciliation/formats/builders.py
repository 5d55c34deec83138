"""Builds bank statements of invented entries in both families, tying unless a test bends them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from payments.reconciliation.formats.base import Item, StatementEntry, StatementSummary
from payments.reconciliation.formats.registry import open_statement, summarise
from tests.payments.settlement.formats.builders import major

VERSIONS = ("camt.053.001.02", "camt.053.001.04", "camt.053.001.06", "camt.053.001.08", "camt.053.001.13")


def camt_balance(code: str, minor: int, currency: str = "EUR") -> str:
    """One balance element."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{camt_amount(minor, currency)}"
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def camt_amount(minor: int, currency: str = "EUR") -> str:
    """An amount and its direction."""
    direction = "CRDT" if minor >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{major(abs(minor), currency)}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def camt_entry(
    minor: int, *, status: str = "<Sts><Cd>BOOK</Cd></Sts>", text: str = "SANDBOX PAYOUT po_7 bakery"
) -> str:
    """One entry of one payment."""
    party = "<RltdPties><Dbtr><Pty><Nm>Sandbox AB</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>SE45</IBAN></Id></DbtrAcct></RltdPties>"
    return (
        f"<Ntry>{camt_amount(minor)}{status}<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt>"
        f"<AcctSvcrRef>BANK-1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>po_7</EndToEndId></Refs>{party}"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def camt_statement(
    inside: str, *, identifier: str = "S-1", pages: str = "", account: str = "SE4550000000058398257466"
) -> str:
    """One `Stmt` element around its balances and entries."""
    return (
        f"<Stmt><Id>{identifier}</Id>{pages}<ElctrncSeqNb>17</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{inside}</Stmt>"
    )


def camt_document(statements: str, *, version: str = "camt.053.001.08") -> bytes:
    """A whole document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">\n'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M-1</MsgId></GrpHdr>{statements}</BkToCstmrStmt></Document>"
    ).encode()


def a_camt(
    entries: Sequence[int], *, opening: int = 1000, closing: int | None = None, version: str = VERSIONS[3]
) -> bytes:
    """A statement that ties unless `closing` says otherwise."""
    end = opening + sum(entries) if closing is None else closing
    inside = camt_balance("OPBD", opening) + camt_balance("CLBD", end) + "".join(camt_entry(minor) for minor in entries)
    return camt_document(camt_statement(inside), version=version)


def mt_amount(minor: int) -> str:
    """An amount with the comma SWIFT uses."""
    return major(abs(minor)).replace(".", ",")


def mt_balance(tag: str, minor: int, day: str = "261120") -> str:
    """One balance line."""
    return f":{tag}:{'C' if minor >= 0 else 'D'}{day}EUR{mt_amount(minor)}"


def mt_entry(minor: int, *, reference: str = "NONREF", text: str = "SANDBOX PAYOUT po_7 bakery") -> str:
    """One statement line and its information."""
    return f":61:2611201120{'C' if minor >= 0 else 'D'}{mt_amount(minor)}NTRF{reference}//BANK-1\r\n:86:{text}"


def mt_message(lines: Sequence[str], *, account: str = "SE4550000000058398257466", number: str = "17/1") -> str:
    """One message around its balances and entries."""
    return "\r\n".join([":20:START", f":25:{account}", f":28C:{number}", *lines, "-", ""])


def an_mt940(entries: Sequence[int], *, opening: int = 1000, closing: int | None = None) -> bytes:
    """A statement that ties unless `closing` says otherwise."""
    end = opening + sum(entries) if closing is None else closing
    lines = [mt_balance("60F", opening), *(mt_entry(minor) for minor in entries), mt_balance("62F", end)]
    return mt_message(lines).encode()


def statement_summary_of(content: bytes) -> StatementSummary:
    """Read and check a file's content."""
    return summarise(open_statement(io.BytesIO(content)))


def entries_of(items: Iterator[Item]) -> list[StatementEntry]:
    """Return the entries alone."""
    return [item for item in items if isinstance(item, StatementEntry)]


def entries_in(content: bytes) -> list[StatementEntry]:
    """Read a file's entries."""
    return entries_of(open_statement(io.BytesIO(content)).items())


def an_ofx(entries: Sequence[int], *, closing: int = 0, version: int = 1, account: str = "58398257466") -> bytes:
    """An OFX statement; `version` 1 leaves values open, 2 closes them."""
    end = "</{}>" if version == 2 else ""

    def value(name: str, text: str) -> str:
        return f"<{name}>{text}{end.format(name)}\r\n"

    head = (
        '<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="200"?>\n'
        if version == 2
        else "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
    )
    body = "".join(
        "<STMTTRN>"
        + value("TRNTYPE", "CREDIT")
        + value("DTPOSTED", "20261120233000.000[-5:EST]")
        + value("TRNAMT", ("-" if minor < 0 else "") + major(abs(minor)).replace(".", ","))
        + value("FITID", f"F-{number}")
        + value("NAME", "Sandbox AB")
        + value("MEMO", "SANDBOX PAYOUT po_7 bakery")
        + "</STMTTRN>"
        for number, minor in enumerate(entries, start=1)
    )
    return (
        f"{head}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>{value('CURDEF', 'EUR')}<BANKACCTFROM>{value('BANKID', '5000')}"
        f"{value('ACCTID', account)}</BANKACCTFROM><BANKTRANLIST>{value('DTSTART', '20261120')}{value('DTEND', '20261120')}{body}"
        f"</BANKTRANLIST><LEDGERBAL>{value('BALAMT', major(closing))}{value('DTASOF', '20261120')}</LEDGERBAL></STMTRS></STMTTRNRS>"
        "</BANKMSGSRSV1></OFX>"
    ).encode("cp1252")


def bg_payment(minor: int, reference: str, *, serial: int = 1, code: str = "2", kind: str = "20") -> str:
    """One payment record, or with `kind` another one of that shape."""
    return f"{kind}{'7012333':0>10}{reference:>25}{minor:0>18}{code}2{serial:0>12}0".ljust(80)


def bg_deposit(minor: int, count: int, *, serial: int = 57, currency: str = "EUR", day: str = "20261120") -> str:
    """One deposit record."""
    return f"15{'58398257466':0>35}{day}{serial:0>5}{minor:0>18}{currency}{count:0>8} "


def a_bgmax(deposits: Sequence[Sequence[int]], *, off: int = 0) -> bytes:
    """One section whose deposits tie unless `off` says by how much they do not."""
    lines, serial = (
        ["01BGMAX               0120261120173035010331P".ljust(80), f"05{'50001234':0>10}{'':10}EUR".ljust(80)],
        0,
    )
    for number, amounts in enumerate(deposits, start=1):
        for minor in amounts:
            serial += 1
            lines.append(bg_payment(minor, f"{serial}00", serial=serial))
        lines.append(bg_deposit(sum(amounts) + off, len(amounts), serial=number))
    lines.append(f"70{serial:0>8}{0:0>8}{0:0>8}{len(deposits):0>8}".ljust(80))
    return "\r\n".join([*lines, ""]).encode("latin-1")
