"""Pages of one notification (camt.054) or report of the day (camt.052) that come as files of their own: none waits, and equal entries of two pages are two."""

from __future__ import annotations

from itertools import permutations

import pytest

from payments.reconciliation.models import StatementFile
from tests.payments.reconciliation.statements import DAY, IBAN, Entry, balance_xml, entry_xml, statement
from tests.payments.reconciliation.test_statement_pages import lines, statuses

KINDS = {"camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"), "camt.052": ("BkToCstmrAcctRpt", "Rpt")}
PERIOD = f"<FrToDt><FrDtTm>{DAY}T00:00:00Z</FrDtTm><ToDtTm>{DAY}T23:59:59Z</ToDtTm></FrToDt>"
# Two customers pay the same at the same day and the bank gives neither payment a reference.
SAME = Entry(1990, "TWINT")


def notice(
    number, entries, *, of=2, kind="camt.054", by="message", identifier="N-20261121", message="m", sequence="12", period=PERIOD
):  # fmt: skip
    """One page as banks write them: the header or the notification itself says which it is, and neither states a balance."""
    root, part = KINDS[kind]
    pagination = f"<PgNb>{number}</PgNb><LastPgInd>{'true' if number == of else 'false'}</LastPgInd>"
    in_header = f"<MsgPgntn>{pagination}</MsgPgntn>" if by == "message" else ""
    in_part = f"<{part}Pgntn>{pagination}</{part}Pgntn>" if by == "part" else ""
    said = "".join(
        entry_xml(entry, DAY).replace("<Ntry>", f"<Ntry><NtryRef>{place}</NtryRef>")
        for place, entry in enumerate(entries, start=1)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:{kind}.001.08'><{root}>"
        f"<GrpHdr><MsgId>{message}{number}</MsgId><CreDtTm>{DAY}T18:00:00Z</CreDtTm>{in_header}</GrpHdr><{part}><Id>{identifier}</Id>{in_part}"
        f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>{period}<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{said}</{part}></{root}></Document>"
    ).encode()


PAGES = {1: [SAME, Entry(500, "Rent")], 2: [SAME], 3: [SAME, SAME]}
ALL = [500, 1990, 1990, 1990, 1990]


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("by", ["message", "part"])
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_equal_entries_of_different_pages_are_as_many_as_the_bank_tells(books, order, by, kind):
    for number in order:
        books.take_statement(notice(number, PAGES[number], of=3, by=by, kind=kind), f"{number}.xml")

    assert lines() == ALL
    assert statuses() == {"1.xml": "unproven", "2.xml": "unproven", "3.xml": "unproven"}


def test_pages_with_an_id_each_are_of_one_notification_by_their_number_and_period(books):
    for number in (1, 2, 3):
        books.take_statement(notice(number, PAGES[number], of=3, identifier=f"N{number}"), f"{number}.xml")

    assert lines() == ALL


def test_pages_sent_again_add_nothing(books):
    for number in (1, 2, 3):
        books.take_statement(notice(number, PAGES[number], of=3), f"{number}.xml")

    for number in (3, 1, 2):
        books.take_statement(notice(number, PAGES[number], of=3, message="again"), f"again{number}.xml")

    assert lines() == ALL


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"sequence": "13"}, id="of another number"),
        pytest.param({"identifier": "N-2", "period": ""}, id="of another Id, no period"),
        pytest.param({"identifier": "N-2", "period": PERIOD.replace("23:59:59", "19:00:00")}, id="of another period"),
    ],
)
def test_a_page_of_another_notification_tells_the_same_entry_again(books, said):
    books.take_statement(notice(1, PAGES[1]), "1.xml")

    books.take_statement(notice(2, [SAME], **said), "2.xml")

    assert lines() == [500, 1990]


def test_a_report_that_grew_during_the_day_tells_its_entries_again(books):
    for number in (1, 2):
        books.take_statement(notice(number, PAGES[number], kind="camt.052"), f"10h-{number}.xml")
    assert lines() == [500, 1990, 1990]

    # Newest first, so that what stood on the first page stands on the third now.
    grown = {1: [Entry(7, "new"), Entry(8, "new")], 2: [SAME], 3: [SAME, Entry(500, "Rent")]}
    for number in (3, 1, 2):
        books.take_statement(notice(number, grown[number], of=3, kind="camt.052", message="n"), f"11h-{number}.xml")

    assert lines() == [7, 8, 500, 1990, 1990]
    assert set(statuses().values()) == {"unproven"}


def test_the_statement_that_brings_the_entries_once_more_adds_none(books):
    for number in (1, 2):
        books.take_statement(notice(number, PAGES[number]), f"{number}.xml")

    books.take_statement(statement([SAME, Entry(500, "Rent"), SAME]), "statement.xml")

    assert lines() == [500, 1990, 1990]


def test_pages_of_a_statement_do_not_meet_those_of_a_notification_with_its_number(books):
    books.take_statement(notice(1, PAGES[1]), "notice.xml")
    second = (
        notice(2, [SAME]).replace(b"camt.054", b"camt.053").replace(b"BkToCstmrDbtCdtNtfctn", b"BkToCstmrStmt")
        .replace(b"<Ntfctn>", b"<Stmt>").replace(b"</Ntfctn>", b"</Stmt>")
        .replace(b"<Ntry>", balance_xml("CLBD", 5000, DAY).encode() + b"<Ntry>", 1)
    )  # fmt: skip

    books.take_statement(second, "2.xml")

    assert (statuses(), lines()) == ({"notice.xml": "unproven", "2.xml": "waiting"}, [500, 1990])
    assert StatementFile.objects.get(name="2.xml").summary["waits_for"] == 1


def test_an_equal_entry_is_another_also_where_a_report_of_the_day_brought_the_first(books):
    """The line stands with the report then, and not with the page of the statement that tells it too."""
    books.take_statement(notice(1, [SAME], of=1, kind="camt.052", identifier="R"), "report.xml")
    for number, opening in ((1, 0), (2, 1990)):
        balances = balance_xml("OPBD", opening, DAY) + balance_xml("CLBD", opening + 1990, DAY)
        body = (
            notice(number, [SAME], identifier="S", by="part").replace(b"camt.054", b"camt.053")
            .replace(b"BkToCstmrDbtCdtNtfctn", b"BkToCstmrStmt").replace(b"NtfctnPgntn", b"StmtPgntn")
            .replace(b"<Ntfctn>", b"<Stmt>").replace(b"</Ntfctn>", b"</Stmt>").replace(b"<Ntry>", balances.encode() + b"<Ntry>", 1)
        )  # fmt: skip
        books.take_statement(body, f"{number}.xml")

    assert lines() == [1990, 1990]
