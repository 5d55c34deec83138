"""Our own camt fixtures are documents a bank could send: valid by ISO's schema where it is beside the project, and read in any case."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from payments.reconciliation.statements.reading import payments_of
from tests.payments.reconciliation.formats.builders import entries_in, statement_summary_of

_SCHEMAS = Path(os.environ.get("TILLSYN_SHARED", Path(__file__).resolve().parents[5] / "shared")) / "data/bank/camt-xsd"
# File, status, entries, sum, structured references of the payments.
_EXPECTED = [
    ("camt.053.001.02", "balanced", 3, 86_250, ["1234566", "RF18539007547034"]),
    ("camt.053.001.04", "balanced", 3, 86_250, ["1234566", "RF18539007547034"]),
    ("camt.053.001.06", "balanced", 3, 86_250, ["1234566", "RF18539007547034"]),
    ("camt.053.001.07", "balanced", 3, 86_250, ["1234566", "RF18539007547034"]),
    ("camt.053.001.08", "balanced", 3, 86_250, ["1234566", "RF18539007547034"]),
    ("camt.054.001.02", "unproven", 1, 61_250, ["1234566", "RF18539007547034"]),
    ("camt.054.001.08", "unproven", 1, 61_250, ["1234566", "RF18539007547034"]),
]


def _document(message: str) -> bytes:
    """A statement (or notification) of a sum of two payments, a payout and a charge, in the message's own version."""
    name, version = message.split(".001.")
    is_notice, is_new = name == "camt.054", int(version) >= 8
    root, part = ("BkToCstmrDbtCdtNtfctn", "Ntfctn") if is_notice else ("BkToCstmrStmt", "Stmt")
    standing = "<Sts><Cd>BOOK</Cd></Sts>" if is_new else "<Sts>BOOK</Sts>"
    code = "<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>"
    payments = "".join(
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{_amount(version, minor)}"
        f"<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
        for minor, end_to_end, reference in ((25_000, "E2E-1", "1234566"), (36_250, "E2E-2", "RF18539007547034"))
    )
    days = "<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>"
    batch = (
        f'<Ntry><Amt Ccy="EUR">612.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>{standing}{days}<AcctSvcrRef>SUM-1</AcctSvcrRef>{code}'
        f"<NtryDtls>{payments}</NtryDtls></Ntry>"
    )
    others = "".join(
        f'<Ntry><Amt Ccy="EUR">{minor // 100}.{minor % 100:02}</Amt><CdtDbtInd>{way}</CdtDbtInd>{standing}{days}'
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>{code}</Ntry>"
        for minor, way, reference in ((26_000, "CRDT", "PAY-1"), (1_000, "DBIT", "FEE-1"))
    )
    balances = _balance("OPBD", "1000.00") + _balance("CLBD", "1862.50")
    body = batch if is_notice else balances + batch + others
    created = "2026-11-20T23:00:00"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}"><{root}>'
        f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr><{part}><Id>S-1</Id><ElctrncSeqNb>17</ElctrncSeqNb>"
        f"<CreDtTm>{created}</CreDtTm><Acct><Id><IBAN>SE4550000000058398257466</IBAN></Id><Ccy>EUR</Ccy></Acct>{body}</{part}></{root}></Document>\n"
    ).encode()


def _amount(version: str, minor: int) -> str:
    text = f'<Amt Ccy="EUR">{minor // 100}.{minor % 100:02}</Amt>'
    # Up to version 3 a payment has no amount of its own, only its details have.
    return f"<AmtDtls><TxAmt>{text}</TxAmt></AmtDtls>" if version == "02" else f"{text}<CdtDbtInd>CRDT</CdtDbtInd>"


def _balance(code: str, amount: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


@pytest.mark.parametrize(("name", "status", "entries", "minor", "references"), _EXPECTED)
def test_every_version_says_the_same(name: str, status: str, entries: int, minor: int, references: list[str]) -> None:
    content = _document(name)

    summary = statement_summary_of(content)
    lines = [line for entry in entries_in(content) for _, line in payments_of(entry)]

    assert (summary.format, summary.status) == (name, status)
    assert (summary.statements[0].entry_count, summary.statements[0].sum_minor) == (entries, minor)
    assert [line.reference for line in lines if line.reference] == references
    assert [line.carried_by for line in lines][:2] == ["SUM-1", "SUM-1"]


# ISO's schemas of .06 and .07 are not among the public ones.
@pytest.mark.parametrize("name", [row[0] for row in _EXPECTED if row[0][-2:] in ("02", "04", "08")])
def test_our_own_documents_are_valid_by_the_schema(name: str) -> None:
    schema = _SCHEMAS / f"{name}.xsd"
    if not schema.exists():
        pytest.skip("the public schema is not beside the project")

    etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.parse(BytesIO(_document(name))))
