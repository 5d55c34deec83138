"""Writes bank statements by hand: camt.053 with balances that tie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

DAY = date(2026, 11, 21)
IBAN = "DE89370400440532013000"


@dataclass(frozen=True)
class Entry:
    """One booked entry in minor units of euros."""

    minor: int
    text: str = ""
    end_to_end_id: str = ""
    reference: str = ""


def major(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02}"


def balance_xml(code: str, minor: int, day: date) -> str:
    sign = "DBIT" if minor < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{major(minor)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry_xml(entry: Entry, day: date) -> str:
    sign = "DBIT" if entry.minor < 0 else "CRDT"
    end_to_end = f"<EndToEndId>{entry.end_to_end_id or 'NOTPROVIDED'}</EndToEndId>"
    return (
        f"<Ntry><Amt Ccy='EUR'>{major(entry.minor)}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        f"<ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{entry.reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs>"
        f"{end_to_end}</Refs><RmtInf><Ustrd>{entry.text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def statement(
    entries,
    *,
    day: date = DAY,
    opening: int = 0,
    closing: int | None = None,
    number: str = "1",
    iban: str = IBAN,
    currency: str = "EUR",
) -> bytes:
    """A statement of one day whose closing balance ties unless another is given."""
    entries = list(entries)
    end = opening + sum(entry.minor for entry in entries) if closing is None else closing
    body = "".join(entry_xml(entry, day) for entry in entries)
    return (
        (
            "<?xml version='1.0' encoding='UTF-8'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt>"
            f"<GrpHdr><MsgId>m{number}</MsgId><CreDtTm>{day}T23:00:00Z</CreDtTm></GrpHdr><Stmt><Id>s{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
            f"<CreDtTm>{day}T23:00:00Z</CreDtTm><FrToDt><FrDtTm>{day}T00:00:00Z</FrDtTm><ToDtTm>{day}T23:59:59Z</ToDtTm></FrToDt>"
            f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
            f"{balance_xml('OPBD', opening, day)}{balance_xml('CLBD', end, day)}{body}</Stmt></BkToCstmrStmt></Document>"
        )
        .replace("Ccy='EUR'", f"Ccy='{currency}'")
        .encode()
    )
