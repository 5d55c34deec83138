"""Pages of one camt.053 that come as files of their own: the first waits visibly, and all are read as one statement when the last missing one is there."""

from __future__ import annotations

import re
import resource
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.core.outbox.services import Event
from merchant.merchants.models import Merchant
from payments.reconciliation import handlers, queries
from payments.reconciliation.models import Deviation, StatementFile, StatementLine
from payments.reconciliation.statements import joining
from payments.reconciliation.statements import services as statement_services
from payments.settlement.models import Payout
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment
from tests.payments.reconciliation.statements import IBAN, Entry, balance_xml, entry_xml, major, statement
from tests.payments.settlement import reports
from tests.payments.settlement.reports import DAY, Row, report

# Entries of three pages; opening 10.00, closing 144.39.
PAGES = [
    [Entry(100, "Rent"), Entry(13439, "PAYOUT po_20261120")],
    [Entry(-50, "Fee"), Entry(-50, "Fee")],
    [Entry(-50, "Fee"), Entry(50, "Gift")],
]
OPENING, CLOSING = 1000, 1000 + sum(entry.minor for page in PAGES for entry in page)


def page(
    number,
    *,
    of=3,
    by="statement",
    repeats_balances=False,
    entries=None,
    message="m",
    statement="7",
    identifier=None,
    day=DAY,
    period="",
):
    """The file of one page. The bank gives the opening balance on the first and the closing balance on the last, or both on each."""
    entries = PAGES[number - 1] if entries is None else entries
    pagination = f"<PgNb>{number}</PgNb><LastPgInd>{'true' if number == of else 'false'}</LastPgInd>"
    in_header = f"<MsgPgntn>{pagination}</MsgPgntn>" if by == "message" else ""
    in_statement = f"<StmtPgntn>{pagination}</StmtPgntn>" if by == "statement" else ""
    opening = balance_xml("OPBD", OPENING, day) if number == 1 or repeats_balances else ""
    closing = balance_xml("CLBD", CLOSING, day) if number == of or repeats_balances else ""
    return (
        "<?xml version='1.0' encoding='UTF-8'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt>"
        f"<GrpHdr><MsgId>{message}{number}</MsgId><CreDtTm>{DAY}T23:00:00Z</CreDtTm>{in_header}</GrpHdr><Stmt><Id>{identifier or f's{number}'}</Id>{in_statement}"
        f"<ElctrncSeqNb>{statement}</ElctrncSeqNb>{period}<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{opening}{closing}{''.join(entry_xml(entry, day) for entry in entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def statuses():
    return {file.name: file.status for file in StatementFile.objects.all()}


def lines():
    return sorted(StatementLine.objects.values_list("amount_minor", flat=True))


WHOLE = sorted(entry.minor for part in PAGES for entry in part)


@pytest.mark.parametrize("by", ["statement", "message"])
@pytest.mark.parametrize("repeats_balances", [False, True])
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_pages_in_any_order_are_one_statement_with_the_last_that_comes(books, order, by, repeats_balances):
    for number in order[:-1]:
        books.take_statement(page(number, by=by, repeats_balances=repeats_balances), f"{number}.xml")
    assert set(statuses().values()) == {"waiting"}
    assert lines() == []

    books.take_statement(page(order[-1], by=by, repeats_balances=repeats_balances), f"{order[-1]}.xml")

    assert statuses() == {"1.xml": "balanced", "2.xml": "balanced", "3.xml": "balanced"}
    assert lines() == WHOLE
    holder = StatementFile.objects.get(name="1.xml")
    [told] = holder.summary["statements"]
    assert (told["opening_minor"], told["closing_minor"], told["difference_minor"], told["entries"]) == (
        1000,
        CLOSING,
        0,
        6,
    )
    assert set(StatementLine.objects.values_list("statement_id", flat=True)) == {holder.id}
    assert StatementFile.objects.get(name="3.xml").summary["page_of"] == str(holder.id)


def test_a_page_says_which_one_it_waits_for(books):
    books.take_statement(page(3), "3.xml")
    assert StatementFile.objects.get(name="3.xml").summary["waits_for"] == 1
    books.take_statement(page(1), "1.xml")

    assert {file.summary["waits_for"] for file in StatementFile.objects.all()} == {2}
    owner = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id)))
    shown = owner.get(f"/imports/statements/{StatementFile.objects.get(name='1.xml').id}/").content.decode()
    listed = owner.get("/imports/").content.decode()
    assert "Waiting for page 2 of this statement." in shown
    assert len(re.findall(r"Waiting</span>\s*<div class=\"hint\">for page \d</div>", listed)) == 2


def test_nothing_of_a_waiting_page_is_matched_and_all_of_it_is_once_it_is_whole(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500, 999)]
    books.take_report(report([Row(sale.amount_minor, sale.reference, fee=20) for sale in sales]))
    books.take_statement(page(1), "1.xml")
    books.reconcile()
    assert Payout.objects.get().status == "in_transit"
    assert not Deviation.objects.filter(kind="unexplained_bank_line").exists()

    books.take_statement(page(2), "2.xml")
    books.take_statement(page(3), "3.xml")
    books.reconcile()

    assert Payout.objects.get().status == "in_bank"
    # Equal fees of different pages stay as many as they are.
    assert Deviation.objects.filter(kind="unexplained_bank_line", amount_minor=-50).count() == 3


def test_a_waiting_page_makes_no_payout_a_missing_one(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(sale.amount_minor, sale.reference)]))
    first, second = (
        page(number, of=2, repeats_balances=True, entries=[Entry(minor, "Rent")]).replace(
            str(DAY).encode(), b"2026-11-25"
        )
        for number, minor in ((1, 13000), (2, 439))
    )
    books.take_statement(first, "1.xml")
    books.reconcile()
    assert StatementFile.objects.get().status == "waiting"
    assert not Deviation.objects.filter(kind="missing_payout").exists()

    books.take_statement(second, "2.xml")
    books.reconcile()

    assert Deviation.objects.filter(kind="missing_payout", status="open").count() == 1


def test_a_page_sent_again_changes_nothing(books):
    for number in (1, 2, 3):
        books.take_statement(page(number), f"{number}.xml")

    outcome = books.take_statement(page(2), "again.xml")
    other_bytes = books.take_statement(page(2, message="n"), "resent.xml")

    assert outcome.duplicate_of is not None
    assert (lines(), other_bytes.file.status) == (WHOLE, "balanced")


def test_a_page_sent_again_while_others_are_missing_does_not_wait_for_ever(books):
    books.take_statement(page(1), "1.xml")
    books.take_statement(page(1, message="n"), "resent.xml")
    books.take_statement(page(2), "2.xml")
    books.take_statement(page(3), "3.xml")

    assert set(statuses().values()) == {"balanced"}
    assert lines() == WHOLE


def test_pages_that_do_not_add_up_are_not_taken_and_a_corrected_page_is(books):
    books.take_statement(page(1, identifier="S"), "1.xml")
    books.take_statement(page(2, identifier="S", entries=[Entry(-51, "Fee")]), "2.xml")
    books.take_statement(page(3, identifier="S"), "3.xml")
    assert (set(statuses().values()), lines()) == ({"out_of_balance"}, [])

    books.take_statement(page(2, identifier="S"), "corrected.xml")

    # Only the page that was wrong goes on not adding up.
    assert statuses() == {
        "1.xml": "balanced",
        "2.xml": "out_of_balance",
        "3.xml": "balanced",
        "corrected.xml": "balanced",
    }
    assert lines() == WHOLE


def test_pages_of_different_statements_do_not_meet(books):
    books.take_statement(page(1, of=2, statement="7"), "7.xml")
    books.take_statement(page(2, of=2, statement="8"), "8.xml")

    assert (statuses(), lines()) == ({"7.xml": "waiting", "8.xml": "waiting"}, [])


def test_a_page_that_proves_itself_waits_for_nothing(books):
    closing = balance_xml("CLBD", OPENING + 13539, DAY).encode()
    books.take_statement(page(1).replace(b"<Ntry>", closing + b"<Ntry>", 1), "1.xml")

    assert (statuses(), len(lines())) == ({"1.xml": "unproven"}, 2)


def test_a_page_of_a_notification_is_taken_as_it_comes(books):
    first, second = (
        page(number, of=2)
        .replace(b"camt.053", b"camt.054")
        .replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn")
        .replace(b"StmtPgntn", b"NtfctnPgntn")
        .replace(b"<Stmt>", b"<Ntfctn>")
        .replace(b"</Stmt>", b"</Ntfctn>")
        for number in (1, 2)
    )
    for name, body in (("2.xml", second), ("1.xml", first)):
        books.take_statement(body, name)

    assert set(statuses().values()) == {"unproven"}
    assert lines() == sorted(entry.minor for part in PAGES[:2] for entry in part)


def without_balances(body):
    while b"<Bal>" in body:
        body = body[: body.index(b"<Bal>")] + body[body.index(b"</Bal>") + 6 :]
    return body


def test_pages_that_prove_nothing_together_book_nothing_while_they_wait(books):
    for number in (1, 2):
        books.take_statement(without_balances(page(number, of=2)), f"{number}.xml")

    assert (set(statuses().values()), lines()) == ({"waiting"}, [])


def test_a_statement_may_have_more_pages_than_a_process_may_have_files_open(books):
    # So many that each of them kept open would be refused.
    pages, allowed_more = 24, 16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    entries = [Entry(CLOSING - OPENING - pages + 1, "1"), *(Entry(1, str(number)) for number in range(2, pages + 1))]
    for number in range(1, pages):
        books.take_statement(page(number, of=pages, identifier="S", entries=[entries[number - 1]]), f"{number}.xml")
    last = reports.on_disk(books.folder, page(pages, of=pages, identifier="S", entries=[entries[-1]]), "last.xml")
    outcome = statement_services.receive_statement(path=last, account_id=books.bank.id, name="last.xml", now=books.now)

    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + allowed_more, hard))
    try:
        statement_services.read_statement(outcome.file, now=books.now)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (set(statuses().values()), len(lines())) == ({"balanced"}, pages)


# The entries of the second page come to nothing, so the first agrees with the balances of the whole alone and the second never does.
COMES_TO_NOTHING = {1: [Entry(100, "Rent"), Entry(-50, "Fee")], 2: [Entry(70, "Gift"), Entry(-70, "Fee")]}


@pytest.mark.parametrize("identifier", ["S", None])
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_page_that_comes_to_nothing_is_proven_by_the_one_that_needs_no_other(books, order, identifier):
    for number in order:
        said = {"of": 2, "repeats_balances": True, "identifier": identifier, "entries": COMES_TO_NOTHING[number]}
        books.take_statement(page(number, **said).replace(b">144.39<", b">10.50<"), f"{number}.xml")

    assert "waiting" not in statuses().values()
    assert lines() == [-70, -50, 70, 100]


def test_a_page_that_proves_itself_is_taken_though_others_that_wait_contradict_it(books):
    others = page(2, of=2, repeats_balances=True, identifier="S", entries=[Entry(-3, "Fee")])
    books.take_statement(others.replace(b">144.39<", b">10.50<"), "2.xml")
    first = page(1, of=2, repeats_balances=True, identifier="S", entries=COMES_TO_NOTHING[1])
    books.take_statement(first.replace(b">144.39<", b">10.50<"), "1.xml")

    assert (statuses(), lines()) == ({"2.xml": "waiting", "1.xml": "unproven"}, [-50, 100])


def test_a_statement_that_does_not_add_up_makes_no_payout_a_missing_one(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(sale.amount_minor, sale.reference)]))
    said = [Entry(10000, "PAYOUT po_20261120")]
    books.take_statement(statement(said, day=date(2026, 11, 25), closing=5), "wrong.xml")
    books.reconcile()
    assert statuses() == {"wrong.xml": "out_of_balance"}
    assert not Deviation.objects.filter(kind="missing_payout").exists()

    books.take_statement(statement([Entry(1, "Gift")], day=date(2026, 11, 25)), "right.xml")
    books.reconcile()

    assert Deviation.objects.filter(kind="missing_payout", status="open").count() == 1


def runs_asked():
    """How many runs were asked for, once every event about a statement has been handled."""
    for event in OutboxEvent.objects.filter(topic="statement.imported").order_by("id"):
        handlers.run_after_statement(Event(event.id, event.merchant_id, event.topic, event.aggregate, event.payload))
    return Job.objects.filter(kind=queries.RUN_KIND).count()


def test_the_pages_of_a_statement_ask_for_one_run_and_those_that_wait_for_none(books):
    for number in (1, 2):
        books.take_statement(page(number), f"{number}.xml")
    books.take_statement(statement([Entry(10)], closing=5, number="9"), "wrong.xml")
    assert runs_asked() == 0

    books.take_statement(page(3), "3.xml")

    assert runs_asked() == 1


# Each page proves itself by balances of its own, and the same fee stands on every one.
WITH_A_FEE = {
    1: [Entry(100, "Rent"), Entry(-50, "Fee")],
    2: [Entry(-50, "Fee")],
    3: [Entry(-50, "Fee"), Entry(30, "Gift")],
}


def proven_page(number, *, identifier, message="m"):
    opening = OPENING + sum(entry.minor for earlier in range(1, number) for entry in WITH_A_FEE[earlier])
    closing = opening + sum(entry.minor for entry in WITH_A_FEE[number])
    body = without_balances(page(number, identifier=identifier, entries=WITH_A_FEE[number], message=message))
    balances = balance_xml("OPBD", opening, DAY) + balance_xml("CLBD", closing, DAY)
    return body.replace(b"<Ntry>", balances.encode() + b"<Ntry>", 1)


@pytest.mark.parametrize("identifier", ["S", None])
@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_an_entry_like_one_of_another_page_is_another_also_where_each_page_proves_itself(books, order, identifier):
    for taken, number in enumerate(order, start=1):
        books.take_statement(proven_page(number, identifier=identifier), f"{number}.xml")
        assert lines() == sorted(entry.minor for one in order[:taken] for entry in WITH_A_FEE[one])
    whole = lines()

    books.take_statement(proven_page(2, identifier=identifier, message="n"), "resent.xml")

    assert "waiting" not in statuses().values()
    assert lines() == whole


SPACED = b"DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("fee", "status", "taken"), [(-100, "balanced", [-100, 100, 13439]), (-999, "out_of_balance", [])]
)
def test_pages_that_write_their_account_differently_are_one_statement_with_its_balances(books, fee, status, taken):
    books.take_statement(page(1, of=2, identifier="S"), "1.xml")
    second = page(2, of=2, identifier="S", entries=[Entry(fee, "Fee")])
    closing = (major(CLOSING).encode(), major(OPENING + 13539 - 100).encode())
    books.take_statement(second.replace(IBAN.encode(), SPACED).replace(*closing), "2.xml")

    assert (set(statuses().values()), lines()) == ({status}, sorted(taken))


def test_pages_of_one_number_that_do_not_continue_each_other_book_nothing(books):
    books.take_statement(page(1, of=2, identifier="S"), "1.xml")
    second = page(2, of=2, identifier="S", entries=[Entry(-999, "Fee")])
    books.take_statement(second.replace(IBAN.encode(), f"{IBAN}EUR".encode()), "2.xml")

    assert (set(statuses().values()), lines()) == ({"out_of_balance"}, [])


def test_pages_that_prove_themselves_are_read_again_only_where_their_entries_are_alike(books, monkeypatch):
    read, count = joining.read_as_one, []
    monkeypatch.setattr(joining, "read_as_one", lambda pages, holder: count.append(len(pages)) or read(pages, holder))
    opening = OPENING
    for number in (1, 2, 3):
        entries = [Entry(100 * number, f"Rent {number}")]
        body = without_balances(page(number, identifier="S", entries=entries))
        balances = balance_xml("OPBD", opening, DAY) + balance_xml("CLBD", opening + 100 * number, DAY)
        books.take_statement(body.replace(b"<Ntry>", balances.encode() + b"<Ntry>", 1), f"{number}.xml")
        opening += 100 * number

    assert (lines(), count) == ([100, 200, 300], [])


def test_another_page_of_a_booked_statement_is_refused_also_if_it_proves_itself(books):
    for number in (1, 2, 3):
        books.take_statement(proven_page(number, identifier="S"), f"{number}.xml")
    whole = lines()

    corrected = proven_page(2, identifier="S").replace(b">Fee<", b">Charge<")
    books.take_statement(corrected, "corrected.xml")

    refused = StatementFile.objects.get(name="corrected.xml")
    assert (refused.status, lines()) == ("refused", whole)
    assert refused.refusal["message"] == "page 2 of this statement was taken from 2.xml, which says something else"
    assert refused.refusal["not_booked"] == {"entries": 1, "amount_minor": -50, "currency": "EUR"}
