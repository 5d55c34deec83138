"""The banks' statements: camt.053, MT940 and OFX, one statement a banking day, several days in a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from reports.truth.generator.world import Bank, BankLine, major

_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an account: its number among the statements, the balance it began with, and its lines."""

    bank: Bank
    number: int
    day: date
    opening_minor: int
    lines: tuple[BankLine, ...]

    @property
    def closing_minor(self) -> int:
        """The balance it ended with."""
        return self.opening_minor + sum(line.minor for line in self.lines)


def write(days: list[Day]) -> str:
    """Return a file with these days, in the format of their bank."""
    return {"camt.053": _camt, "mt940": _mt940, "ofx": _ofx}[days[0].bank.format](days)


def _camt(days: list[Day]) -> str:
    head = f"<MsgId>M{days[0].number}</MsgId><CreDtTm>{days[-1].day}T23:00:00Z</CreDtTm>"
    body = "".join(_camt_day(day) for day in days)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_CAMT}">\n<BkToCstmrStmt>'
        f"<GrpHdr>{head}</GrpHdr>{body}</BkToCstmrStmt></Document>\n"
    )


def _camt_day(day: Day) -> str:
    bank = day.bank
    return (
        f"\n<Stmt><Id>S{day.number}</Id><ElctrncSeqNb>{day.number}</ElctrncSeqNb><CreDtTm>{day.day}T23:00:00Z</CreDtTm>"
        f"<FrToDt><FrDtTm>{day.day}T00:00:00Z</FrDtTm><ToDtTm>{day.day}T23:59:59Z</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{bank.iban}</IBAN></Id><Ccy>{bank.currency}</Ccy></Acct>"
        f"{_camt_balance('OPBD', day.opening_minor, day)}{_camt_balance('CLBD', day.closing_minor, day)}"
        + "".join(_camt_entry(line) for line in day.lines)
        + "</Stmt>"
    )


def _camt_balance(code: str, minor: int, day: Day) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_camt_amount(minor, day.bank.currency)}"
        f"<Dt><Dt>{day.day}</Dt></Dt></Bal>"
    )


def _camt_amount(minor: int, currency: str) -> str:
    direction = "DBIT" if minor < 0 else "CRDT"
    return f'<Amt Ccy="{currency}">{major(abs(minor))}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def _camt_entry(line: BankLine) -> str:
    role = "Cdtr" if line.minor < 0 else "Dbtr"
    return (
        f"\n<Ntry>{_camt_amount(line.minor, line.bank.currency)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.day}</Dt></BookgDt><ValDt><Dt>{line.day}</Dt></ValDt><AcctSvcrRef>{line.reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{line.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f"<RltdPties><{role}><Pty><Nm>{escape(line.counterparty)}</Nm></Pty></{role}></RltdPties>"
        f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _mt940(days: list[Day]) -> str:
    return "".join(_mt940_day(day) for day in days)


def _mt940_day(day: Day) -> str:
    bank = day.bank
    lines = [
        f":20:S{day.number}",
        f":25:{bank.iban}",
        f":28C:{day.number:05}/001",
        f":60F:{_mt940_balance(day.opening_minor, day)}",
    ]
    for line in day.lines:
        mark = "D" if line.minor < 0 else "C"
        customer = (line.end_to_end or "NONREF")[:16]
        lines.append(
            f":61:{line.day:%y%m%d}{line.day:%m%d}{mark}{major(abs(line.minor), ',')}NTRF{customer}//{line.reference}"
        )
        lines += [f":86:{line.text[:65]}", line.counterparty]
    lines += [f":62F:{_mt940_balance(day.closing_minor, day)}", "-"]
    return "\r\n".join(lines) + "\r\n"


def _mt940_balance(minor: int, day: Day) -> str:
    return f"{'D' if minor < 0 else 'C'}{day.day:%y%m%d}{day.bank.currency}{major(abs(minor), ',')}"


def _ofx(days: list[Day]) -> str:
    """OFX 1.0.2: SGML, whose leaf elements have no end tag. A bank's own id (FITID) is the key of each entry."""
    bank, first, last = days[0].bank, days[0], days[-1]
    entries = "\r\n".join(_ofx_entry(line) for day in days for line in day.lines)
    return "\r\n".join(
        [
            "OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII", "CHARSET:1252", "COMPRESSION:NONE", "OLDFILEUID:NONE",
            "NEWFILEUID:NONE", "",
            f"<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>{last.day:%Y%m%d}230000<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>",
            f"<BANKMSGSRSV1><STMTTRNRS><TRNUID>{first.number}<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>{bank.currency}",
            f"<BANKACCTFROM><BANKID>NWBK<ACCTID>{bank.iban}<ACCTTYPE>CHECKING</BANKACCTFROM>",
            f"<BANKTRANLIST><DTSTART>{first.day:%Y%m%d}<DTEND>{last.day:%Y%m%d}",
            entries,
            f"</BANKTRANLIST><LEDGERBAL><BALAMT>{major(last.closing_minor)}<DTASOF>{last.day:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>",
            "",
        ]
    )  # fmt: skip


def _ofx_entry(line: BankLine) -> str:
    kind = "DEBIT" if line.minor < 0 else "CREDIT"
    return (
        f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{line.day:%Y%m%d}120000<TRNAMT>{major(line.minor)}<FITID>{line.reference}"
        f"<NAME>{line.counterparty[:32]}<MEMO>{line.text}{' ' + line.end_to_end if line.end_to_end else ''}</STMTTRN>"
    )
