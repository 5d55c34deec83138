"""A statement whose pages do not all come: a person takes what is there; what comes later is neither lost nor booked twice; pages of other statements do not meet."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import translation

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.ledger import rates
from merchant.merchants.models import Merchant
from payments.reconciliation import queries, tasks
from payments.reconciliation.desk.models import BatchClosing
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import completing
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment
from tests.payments.reconciliation.statements import Entry, major, statement
from tests.payments.reconciliation.test_statement_pages import (
    CLOSING,
    OPENING,
    PAGES,
    WHOLE,
    lines,
    page,
    statuses,
    without_balances,
)
from tests.payments.settlement.reports import Row, report

# A last page by which pages 1 and 3 agree with their balances, neither of them alone, and a page between them that changes nothing.
LAST = [Entry(-50, "Fee"), Entry(70, "Gift")]
OUTER = sorted(entry.minor for part in (PAGES[0], LAST) for entry in part)
NOTHING = [Entry(-50, "Fee"), Entry(50, "Gift")]


def a_page(number, *, identifier="S", **said):
    return page(number, identifier=identifier, repeats_balances=True, **said)


def without_second(number, *, entries=None, **said):
    """A page of a statement whose balances agree without page 2."""
    entries = entries or (LAST if number == 3 else None)
    return a_page(number, entries=entries, **said).replace(b">144.39<", f">{major(OPENING + sum(OUTER))}<".encode())


def take(books, name):
    return completing.take_what_is_there(statement_id=StatementFile.objects.get(name=name).id, now=books.now)


def press(client, file):
    return client.post(f"/imports/statements/{file.id}/complete/", {"idempotency_key": str(uuid4())})


def ask(client, file):
    path = f"/api/v1/bank-statements/{file.id}/completion/"
    return client.post(path, {}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4()))


def jobs_of(*files):
    return list(Job.objects.filter(dedup_key__in=[queries.completion_key(file) for file in files]).order_by("id"))


def read_what_was_asked(*files):
    return [jobs.run(job.id) for job in jobs_of(*files)]


def owner_of(books):
    return signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id)))


def test_what_is_there_is_booked_if_the_balances_prove_it(books):
    books.take_statement(without_second(1), "1.xml")
    books.take_statement(without_second(3), "3.xml")
    assert (set(statuses().values()), lines()) == ({"waiting"}, [])

    taken = take(books, "3.xml")

    assert (statuses(), lines()) == ({"1.xml": "balanced", "3.xml": "balanced"}, OUTER)
    assert taken.summary["taken"]["missing"] == [2] and taken.summary["taken"]["pages"] == [1, 3]
    [act] = AuditEntry.objects.filter(action="statement.taken_as_it_is")
    assert (act.data["missing"], act.data["status"]) == ([2], "balanced")
    with pytest.raises(completing.StatementDoesNotWait):
        take(books, "1.xml")
    assert lines() == OUTER


def test_what_is_there_and_does_not_add_up_is_said_to_the_cent_and_not_booked(books):
    books.take_statement(a_page(1), "1.xml")
    books.take_statement(a_page(3), "3.xml")

    take(books, "1.xml")

    assert (statuses(), lines()) == ({"1.xml": "out_of_balance", "3.xml": "out_of_balance"}, [])
    [told] = StatementFile.objects.get(name="1.xml").summary["statements"]
    assert told["difference_minor"] == 100
    shown = owner_of(books).get(f"/imports/statements/{StatementFile.objects.get(name='1.xml').id}/").content.decode()
    assert "The difference is" in shown and "1.00" in shown and "without 2" in shown
    assert "Import page 2 when it comes: the statement is booked once it adds up." in shown


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((1, 2), "page 3 is missing, and no page says the closing balance"),
        ((2, 3), "page 1 is missing, and no page says the opening balance"),
        ((2,), "pages 1, 3 are missing, and no page says the opening or the closing balance"),
        ((1, 3), None),
    ],
)
def test_pages_without_a_balance_cannot_be_taken_and_go_on_waiting(books, numbers, reason):
    for number in numbers:
        books.take_statement(page(number, identifier="S"), f"{number}.xml")
    before = statuses()

    if reason is None:
        take(books, f"{numbers[0]}.xml")
        assert (set(statuses().values()), lines()) == ({"out_of_balance"}, [])
        return
    with pytest.raises(completing.StatementIncomplete) as refused:
        take(books, f"{numbers[0]}.xml")

    assert reason in refused.value.message
    assert (statuses(), lines()) == (before, [])
    assert not AuditEntry.objects.filter(action="statement.taken_as_it_is").exists()


def test_pages_with_a_gap_and_no_balance_at_all_leave_nothing_behind(books):
    for number in (1, 3):
        body = page(number, identifier="S")
        while b"<Bal>" in body:
            body = body[: body.index(b"<Bal>")] + body[body.index(b"</Bal>") + 6 :]
        books.take_statement(body, f"{number}.xml")

    with pytest.raises(completing.StatementIncomplete):
        take(books, "1.xml")

    assert (set(statuses().values()), lines()) == ({"waiting"}, [])


def test_a_page_that_comes_after_all_adds_its_own_entries_once(books):
    books.take_statement(without_second(1), "1.xml")
    books.take_statement(without_second(3), "3.xml")
    take(books, "1.xml")

    books.take_statement(without_second(2, entries=NOTHING), "2.xml")

    assert (set(statuses().values()), lines()) == ({"balanced"}, sorted([*OUTER, -50, 50]))
    late = StatementFile.objects.get(name="2.xml")
    assert late.lines.count() == 2
    shown = owner_of(books).get(f"/imports/statements/{late.id}/").content.decode()
    assert "This page came after" in shown and "only what was not booked before was added" in shown


def test_a_page_that_comes_after_all_and_contradicts_the_sums_books_nothing_and_says_so(books):
    books.take_statement(without_second(1), "1.xml")
    books.take_statement(without_second(3), "3.xml")
    take(books, "1.xml")

    books.take_statement(without_second(2), "2.xml")

    assert (statuses(), lines()) == ({"1.xml": "balanced", "3.xml": "balanced", "2.xml": "out_of_balance"}, OUTER)
    shown = owner_of(books).get(f"/imports/statements/{StatementFile.objects.get(name='2.xml').id}/").content.decode()
    assert "With it the statement does not add up, so nothing of it is booked" in shown


def test_a_page_that_comes_after_pages_were_left_out_of_balance_makes_the_statement_whole(books):
    books.take_statement(a_page(1), "1.xml")
    books.take_statement(a_page(3), "3.xml")
    take(books, "1.xml")

    books.take_statement(a_page(2), "2.xml")

    assert (set(statuses().values()), lines()) == ({"balanced"}, WHOLE)
    assert StatementFile.objects.get(name="1.xml").summary["page_of"] == str(StatementFile.objects.get(name="2.xml").id)


def test_who_may_import_takes_it_by_one_press_and_over_rest(books):
    for number in (1, 3):
        books.take_statement(without_second(number), f"{number}.xml")
        entries = [Entry(1, "x"), *(PAGES[0] if number == 1 else LAST)]
        other = without_second(number, statement="8", identifier="T", entries=entries)
        books.take_statement(other.replace(b"10.00", b"9.98"), f"8-{number}.xml")
    owner = owner_of(books)
    file = StatementFile.objects.get(name="1.xml")
    assert "Take what is there" in owner.get(f"/imports/statements/{file.id}/").content.decode()
    listed = owner.get("/imports/?status=waiting").content.decode()
    assert "for page 2" in listed
    # What a page lacks alone is no difference: the others bring it.
    assert "t-bad" not in listed
    cashier = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id), role="cashier"))
    refused = cashier.post(f"/imports/statements/{file.id}/complete/", {"idempotency_key": str(uuid4())})
    assert refused.status_code == 403
    assert statuses()["1.xml"] == "waiting"

    answer = press(owner, file)
    other = StatementFile.objects.get(name="8-1.xml")
    rest = ask(owner, other)
    assert (answer.status_code, rest.status_code) == (302, 202)
    assert (rest.json()["status"], rest.json()["progress"]["status"]) == ("waiting", "queued")
    assert statuses()["1.xml"] == statuses()["8-1.xml"] == "waiting"
    shown = owner.get(f"/imports/statements/{file.id}/").content.decode()
    assert "<progress" in shown and f"{file.id}/complete/" not in shown
    read_what_was_asked(file, other)
    again = ask(owner, other)

    assert statuses()["1.xml"] == statuses()["8-1.xml"] == "balanced"
    assert owner.get(f"/api/v1/bank-statements/{other.id}/").json()["progress"]["status"] == "done"
    assert (again.status_code, again.json()["code"]) == (409, "statement_does_not_wait")
    shown = owner.get(f"/imports/statements/{file.id}/").content.decode()
    assert "took the pages that were there as the whole statement" in shown and "Take what is there" not in shown


def test_a_statement_that_waits_is_not_closed_and_what_comes_later_is_open_to_decide(books):
    for number in (1, 3):
        books.take_statement(without_second(number), f"{number}.xml")
    owner = owner_of(books)
    body = {"statement_id": str(StatementFile.objects.get(name="1.xml").id)}

    answer = owner.post(
        "/api/v1/reconciliation/closings/", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "batch_not_taken")
    assert (BatchClosing.objects.count(), set(statuses().values()), lines()) == (0, {"waiting"}, [])
    assert not AuditEntry.objects.filter(action="batch.closed").exists()
    take(books, "1.xml")
    assert lines() == OUTER


def test_home_names_a_statement_that_waited_two_days_once(books):
    for number in (1, 3):
        books.take_statement(a_page(number), f"{number}.xml")
    StatementFile.objects.update(received_at=machine_now() - timedelta(days=1))
    owner = owner_of(books)
    assert "waits for page 2" not in owner.get("/").content.decode()

    StatementFile.objects.update(received_at=machine_now() - timedelta(days=3))

    assert owner.get("/").content.decode().count("</b> waits for page 2</p>") == 1


def test_home_and_the_inbox_name_statements_that_are_not_booked_and_lead_to_the_file(books):
    books.take_statement(statement([Entry(500, "fine")], number="1"), "fine.xml")
    owner = owner_of(books)
    assert "is not booked" not in owner.get("/").content.decode()
    wrong = statement([Entry(700, "wrong")], number="2").replace(b">7.00<", b">7.50<", 1)
    books.take_statement(wrong, "2026-11-21")
    books.take_statement(statement([Entry(900, "cut")], number="3")[:-200], "cut.xml")
    assert {name: status for name, status in statuses().items() if name != "fine.xml"} == {
        "2026-11-21": "out_of_balance",
        "cut.xml": "refused",
    }

    home, inbox = owner.get("/").content.decode(), owner.get("/inbox/?module=reconciliation").content.decode()

    for page_shown in (home, inbox):
        assert "is not booked" in page_shown and "fine.xml" not in page_shown
        blocked = {str(file.id) for file in StatementFile.objects.exclude(name="fine.xml")}
        assert set(re.findall(r'href="/imports/statements/([^/"]+)/"', page_shown)) == blocked
        assert "Statement of" in page_shown
    support = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id), role="cashier"))
    assert "is not booked" not in support.get("/").content.decode()


def named_on_home(owner):
    """The files that Home says are not booked."""
    home = owner.get("/").content.decode()
    return set(re.findall(r'href="/imports/(?:statements/)?([0-9a-f-]{36})/"', home))


def test_home_names_a_statement_until_another_took_its_place(books):
    owner = owner_of(books)
    fine, others = statement([Entry(700, "fine")], number="2"), statement([Entry(5, "other")], number="3")
    books.take_statement(fine[:-200], "day.xml")
    books.take_statement(fine.replace(b">7.00<", b">7.50<", 1), "wrong.xml")
    assert statuses() == {"day.xml": "refused", "wrong.xml": "out_of_balance"}
    refused, wrong = (str(StatementFile.objects.get(name=name).id) for name in ("day.xml", "wrong.xml"))
    books.take_statement(others, "another.xml")
    assert named_on_home(owner) == {refused, wrong}

    # The same statement of the same day, under another name; of a file that broke off nothing is known but its name.
    books.take_statement(fine, "corrected.xml")
    assert named_on_home(owner) == {refused}

    books.take_statement(fine.replace(b"<MsgId>m", b"<MsgId>n"), "day.xml")
    assert named_on_home(owner) == set()


def test_home_names_a_report_until_another_took_its_place(books):
    owner, sale = owner_of(books), an_authorised_payment(books.account, minor=1000)
    fine = report([Row(1000, sale.reference, fee=20)])
    books.take_report(fine.replace(b"10.00", b"11.00", 1), "wrong.csv")
    blocked = ReportFile.objects.get()
    assert (blocked.status, named_on_home(owner)) == ("out_of_balance", {str(blocked.id)})
    books.take_report(report([Row(500, "OTHERS")], batch="other"), "other.csv")
    assert named_on_home(owner) == {str(blocked.id)}

    books.take_report(fine, "corrected.csv")

    assert named_on_home(owner) == set()


def joined(*reports):
    """Reports as one file."""
    return reports[0] + b"".join(data.split(b"\n", 1)[1] for data in reports[1:])


def test_home_names_a_report_until_its_own_batch_came_whatever_the_file_is_called(books):
    owner = owner_of(books)
    monday, tuesday = (
        report([Row(minor, name)], batch=name, payout=name) for minor, name in ((1000, "mon"), (500, "tue"))
    )
    books.take_report(monday.replace(b",10.00,", b",11.00,", 1), "report.csv")
    blocked = ReportFile.objects.get()
    assert blocked.status == "out_of_balance"

    books.take_report(tuesday, "report.csv")
    assert (ReportFile.objects.get(status="posted").name, named_on_home(owner)) == ("report.csv", {str(blocked.id)})
    books.take_report(monday, "report.csv")

    assert named_on_home(owner) == set()


def test_home_names_a_report_until_all_its_batches_came(books):
    owner = owner_of(books)
    first, second = (report([Row(1000, name)], batch=name, payout=name) for name in ("A", "B"))
    books.take_report(joined(first.replace(b",10.00,", b",11.00,", 1), second), "both.csv")
    blocked = ReportFile.objects.get()
    batches = [batch["reference"] for batch in blocked.summary["batches"]]
    assert (blocked.status, batches) == ("out_of_balance", ["A", "B"])

    books.take_report(first, "A.csv")
    assert named_on_home(owner) == {str(blocked.id)}
    # A processor may number the batches of each currency by themselves.
    rates.add_rate(currency="CHF", base_per_unit=Decimal("1.05"), valid_from=date(2026, 1, 1), now=books.now)
    books.take_report(report([Row(1000, "C")], batch="B", payout="B CHF", currency="CHF"), "C.csv")
    assert named_on_home(owner) == {str(blocked.id)}
    books.take_report(second, "B.csv")

    assert ReportFile.objects.filter(status="posted").count() == 3
    assert named_on_home(owner) == set()


def test_home_names_a_report_that_broke_off_until_its_name_came(books):
    owner, fine = owner_of(books), report([Row(1000, "x")])
    # Only far down, where the file was taken already, a row is another account's.
    rows = [Row(100, f"A{number}") for number in range(600)]
    own = report(rows, batch="0", payout="po_0", account=books.account.external_id)
    foreign = report([Row(100, "B")], account="acct_of_others", first_line=900)
    refused = books.take_report(joined(own, foreign), "report.csv").report
    assert (refused.status, refused.summary["batches"]) == ("refused", [])

    books.take_report(fine, "other.csv")
    assert named_on_home(owner) == {str(refused.id)}
    books.take_report(report([Row(1000, "y")], batch="2", payout="po_2"), "report.csv")

    assert named_on_home(owner) == set()


def test_home_names_a_statement_until_its_own_came_whatever_the_file_is_called(books):
    owner, next_day = owner_of(books), date(2026, 11, 22)
    monday, tuesday = (
        statement([Entry(700, "x")], number="1"),
        statement([Entry(5, "y")], number="2", day=next_day, opening=700),
    )
    books.take_statement(monday.replace(b">7.00<", b">7.50<", 1), "camt053.xml")
    blocked = StatementFile.objects.get()
    assert blocked.status == "out_of_balance"

    books.take_statement(tuesday, "camt053.xml")
    assert named_on_home(owner) == {str(blocked.id)}
    # The numbers of a bank begin anew each year.
    books.take_statement(statement([Entry(5, "z")], number="1", day=date(2026, 11, 25), opening=705), "camt053.xml")
    assert named_on_home(owner) == {str(blocked.id)}
    books.take_statement(monday, "camt053.xml")

    assert StatementFile.objects.filter(status="balanced").count() == 3
    assert named_on_home(owner) == set()


def test_home_names_a_file_of_two_statements_until_both_came(books):
    owner, next_day = owner_of(books), date(2026, 11, 22)
    first = statement([Entry(700, "x")], number="1")
    second = statement([Entry(5, "y")], number="2", day=next_day, opening=700)
    of_second = second[second.index(b"<Stmt>") : second.index(b"</BkToCstmrStmt>")]
    both = first.replace(b"</BkToCstmrStmt>", of_second + b"</BkToCstmrStmt>").replace(b">7.00<", b">7.50<", 1)
    books.take_statement(both, "both.xml")
    blocked = StatementFile.objects.get()
    assert (blocked.status, len(blocked.summary["statements"])) == ("out_of_balance", 2)

    books.take_statement(first, "1.xml")
    assert named_on_home(owner) == {str(blocked.id)}
    books.take_statement(second, "2.xml")

    assert named_on_home(owner) == set()


def test_of_pages_that_do_not_add_up_home_names_one(books):
    books.take_statement(a_page(1), "1.xml")
    books.take_statement(a_page(3), "3.xml")
    take(books, "1.xml")
    assert set(statuses().values()) == {"out_of_balance"}

    assert owner_of(books).get("/").content.decode().count("</b> is not booked</p>") == 1


OTHER_DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "said",
    [
        {"day": OTHER_DAY},
        {"period": "<FrToDt><FrDtTm>2026-11-22T00:00:00Z</FrDtTm><ToDtTm>2026-11-22T23:59:59Z</ToDtTm></FrToDt>"},
        {"identifier": "T"},
        {"period": "<LglSeqNb>9</LglSeqNb>"},
    ],
)
def test_a_number_that_is_used_again_joins_no_pages_of_other_days(books, said):
    own = "<LglSeqNb>7</LglSeqNb><FrToDt><FrDtTm>2026-11-21T00:00:00Z</FrDtTm><ToDtTm>2026-11-21T23:59:59Z</ToDtTm></FrToDt>"
    books.take_statement(a_page(1, of=2, period=own), "1.xml")
    others = [Entry(-77, "Other")]
    books.take_statement(a_page(2, of=2, **{"entries": others, **said}), "other.xml")

    assert (statuses(), lines()) == ({"1.xml": "waiting", "other.xml": "waiting"}, [])
    assert StatementFile.objects.get(name="1.xml").summary["waits_for"] == 2
    assert StatementFile.objects.get(name="other.xml").summary["waits_for"] == 1

    second = [*PAGES[1], *PAGES[2]]
    books.take_statement(a_page(2, of=2, entries=second, period=own), "2.xml")

    assert (statuses(), lines()) == ({"1.xml": "balanced", "2.xml": "balanced", "other.xml": "waiting"}, WHOLE)


def test_a_closing_before_the_opening_is_of_another_statement(books):
    books.take_statement(page(1, of=2, identifier="S", day=OTHER_DAY), "1.xml")
    books.take_statement(page(2, of=2, identifier="S"), "2.xml")

    assert (statuses(), lines()) == ({"1.xml": "waiting", "2.xml": "waiting"}, [])


def test_a_page_that_came_twice_with_other_content_waits_for_a_person(books):
    wrong = [Entry(-51, "Fee"), Entry(-49, "Fee")]
    books.take_statement(a_page(1), "1.xml")
    books.take_statement(a_page(2, entries=wrong), "wrong.xml")
    books.take_statement(a_page(2), "right.xml")
    books.take_statement(a_page(3), "3.xml")

    assert (set(statuses().values()), lines()) == ({"waiting"}, [])
    client, right = owner_of(books), StatementFile.objects.get(name="right.xml")
    shown = client.get(f"/imports/statements/{right.id}/").content.decode()
    assert "Page 2 of this statement came twice with different content." in shown

    take(books, "right.xml")

    assert statuses() == {"1.xml": "balanced", "3.xml": "balanced", "right.xml": "balanced", "wrong.xml": "refused"}
    assert lines() == WHOLE
    wrong_file = StatementFile.objects.get(name="wrong.xml")
    assert (
        wrong_file.refusal["message"] == "page 2 of this statement was taken from right.xml, which says something else"
    )
    [act] = AuditEntry.objects.filter(action="statement.refused")
    assert (act.subject, act.data["name"], act.data["code"]) == (
        f"statement:{wrong_file.id}",
        "wrong.xml",
        "page_contradicts",
    )
    assert (act.data["reason"], act.data["taken_from"]) == (wrong_file.refusal["message"], str(right.id))
    [event] = OutboxEvent.objects.filter(topic="statement.refused")
    assert event.payload == {"statement_id": str(wrong_file.id), "code": "page_contradicts"}
    shown = client.get(f"/imports/statements/{wrong_file.id}/").content.decode()
    assert datetime.fromisoformat(wrong_file.refusal["at"]) == books.now and "<dt>Refused</dt>" in shown


def test_another_page_of_a_booked_statement_is_refused_and_books_nothing(books):
    for number in (1, 2, 3):
        books.take_statement(a_page(number), f"{number}.xml")
    assert lines() == WHOLE

    # The same sum in other entries: joined, it would prove itself and be booked beside them.
    books.take_statement(a_page(2, entries=[Entry(-99, "Fee"), Entry(-1, "Fee")]), "2b.xml")

    assert (statuses()["2b.xml"], lines()) == ("refused", WHOLE)
    assert "was taken from 2.xml" in StatementFile.objects.get(name="2b.xml").refusal["message"]


def test_a_number_that_is_used_again_with_ids_of_each_page_begins_a_statement_of_its_own(books):
    for number in (1, 2, 3):
        books.take_statement(a_page(number, identifier=f"a{number}"), f"a{number}.xml")
    assert lines() == WHOLE

    for number in (1, 2, 3):
        entries = [Entry(entry.minor, f"next {entry.text}") for entry in PAGES[number - 1]]
        books.take_statement(a_page(number, identifier=f"b{number}", entries=entries), f"b{number}.xml")

    assert set(statuses().values()) == {"balanced"}
    assert lines() == sorted([*WHOLE, *WHOLE])
    assert OPENING + sum(WHOLE) == CLOSING


def test_two_presses_are_one_job_and_it_is_done_as_the_one_who_pressed(books):
    for number in (1, 3):
        books.take_statement(without_second(number), f"{number}.xml")
    owner, file = owner_of(books), StatementFile.objects.get(name="1.xml")

    press(owner, file)
    press(owner, file)

    assert len(jobs_of(file)) == 1
    assert read_what_was_asked(file) == ["done"]
    [act] = AuditEntry.objects.filter(action="statement.taken_as_it_is")
    assert act.actor_kind == "staff"
    assert (lines(), set(statuses().values())) == (OUTER, {"balanced"})


def test_a_reading_that_is_taken_over_after_its_step_is_done_and_not_refused(books, monkeypatch):
    for number in (1, 3):
        books.take_statement(without_second(number), f"{number}.xml")
    file = StatementFile.objects.get(name="1.xml")
    press(owner_of(books), file)
    with monkeypatch.context() as broken:
        broken.setattr(tasks.live, "tell_changed", lambda **_known: 1 / 0)
        assert read_what_was_asked(file) == ["queued"]
    Job.objects.filter(id=jobs_of(file)[0].id).update(run_at=machine_now())

    assert read_what_was_asked(file) == ["done"]

    assert jobs_of(file)[0].result == {"statement_id": str(file.id), "status": "balanced"}
    assert (lines(), AuditEntry.objects.filter(action="statement.taken_as_it_is").count()) == (OUTER, 1)


def test_a_page_that_comes_between_the_press_and_the_reading_is_read_with_the_others(books):
    for number in (1, 3):
        books.take_statement(a_page(number), f"{number}.xml")
    owner, file = owner_of(books), StatementFile.objects.get(name="1.xml")
    press(owner, file)

    books.take_statement(a_page(2), "2.xml")

    assert read_what_was_asked(file) == ["refused"]
    assert (lines(), set(statuses().values())) == (WHOLE, {"balanced"})
    assert not AuditEntry.objects.filter(action="statement.taken_as_it_is").exists()
    shown = owner.get(f"/imports/statements/{file.id}/").content.decode()
    assert "Reading this file stopped" not in shown and "were not taken" not in shown


def test_what_the_pages_cannot_prove_is_refused_at_the_press_and_no_job_is_there(books):
    for number in (1, 2):
        books.take_statement(page(number, identifier="S"), f"{number}.xml")
    owner, file = owner_of(books), StatementFile.objects.get(name="1.xml")

    answer, rest = press(owner, file), ask(owner, file)

    assert (answer.status_code, rest.status_code, rest.json()["code"]) == (422, 422, "statement_incomplete")
    assert "page 3 is missing, and no page says the closing balance" in answer.content.decode()
    assert (jobs_of(file), lines(), set(statuses().values())) == ([], [], {"waiting"})


def test_a_reading_that_was_refused_says_so_and_may_be_asked_for_again(books):
    for number in (1, 2):
        books.take_statement(a_page(number), f"{number}.xml")
    owner, file = owner_of(books), StatementFile.objects.get(name="1.xml")
    press(owner, file)
    for status in ("running", "dead"):
        Job.objects.filter(id=jobs_of(file)[0].id).update(status=status, attempts=8, last_error="OSError: disk")
    shown = owner.get(f"/imports/statements/{file.id}/").content.decode()
    assert "The pages were not taken as the whole statement." in shown and "Take what is there" in shown
    assert "Try again" not in shown

    press(owner, file)

    assert read_what_was_asked(file) == ["done"]
    assert set(statuses().values()) == {"balanced"}


def test_why_pages_were_not_taken_is_said_in_the_language_of_who_reads_it(books):
    """The worker that refuses knows no reader; it keeps what it refused, and the page words it."""
    for number in (1, 2):
        books.take_statement(a_page(number), f"{number}.xml")
    owner, file = owner_of(books), StatementFile.objects.get(name="1.xml")
    press(owner, file)
    # What the press could not see: the bank's own page says no balance once it is read.
    known = {"missing_pages": [3], "has_opening": True, "has_closing": False}
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(completing, "_status_of", lambda *_said: raise_(completing.StatementIncomplete(**known)))
        assert read_what_was_asked(file) == ["refused"]
    [job] = jobs_of(file)
    assert job.result["code"] == "statement_incomplete" and job.last_error.startswith("StatementIncomplete: The pages")

    english = owner.get(f"/imports/statements/{file.id}/").content.decode()
    german = owner.get(f"/imports/statements/{file.id}/", HTTP_ACCEPT_LANGUAGE="de").content.decode()

    assert "page 3 is missing, and no page says the closing balance" in english
    with translation.override("de"):
        told = completing.StatementIncomplete(**known).message
    assert "page 3 is missing" not in told
    assert told in german and "page 3 is missing" not in german and "StatementIncomplete" not in german
    assert (set(statuses().values()), lines()) == ({"waiting"}, [])


def raise_(error):
    raise error


def test_a_file_that_is_broken_is_refused_with_an_audit_row_and_an_event(books):
    body = a_page(1)
    books.take_statement(body[: len(body) // 2], "broken.xml")

    file = StatementFile.objects.get()
    assert (file.status, lines()) == ("refused", [])
    [act] = AuditEntry.objects.filter(action="statement.refused")
    assert (act.subject, act.data["code"]) == (f"statement:{file.id}", "xml_malformed")
    assert OutboxEvent.objects.filter(topic="statement.refused", aggregate=f"statement:{file.id}").count() == 1


def test_who_opens_neither_of_two_pages_has_not_said_which_is_right(books):
    for number, name, entries in ((1, "1", None), (2, "old", [Entry(-51)]), (2, "new", [Entry(-77)]), (3, "3", None)):
        books.take_statement(without_balances(a_page(number, entries=entries)), f"{name}.xml")
    owner = owner_of(books)

    answer = ask(owner, StatementFile.objects.get(name="1.xml"))

    assert (answer.status_code, answer.json()["code"], answer.json()["data"]["page"]) == (409, "statement_disputed", 2)
    assert (set(statuses().values()), lines()) == ({"waiting"}, [])
    take(books, "old.xml")
    assert statuses() == {"1.xml": "unproven", "old.xml": "unproven", "new.xml": "refused", "3.xml": "unproven"}


def test_a_page_that_was_corrected_after_it_was_booked_names_what_is_not_booked_and_the_way_on(books):
    for number in (1, 2, 3):
        books.take_statement(a_page(number), f"{number}.xml")
    corrected = [Entry(-50, "Fee"), Entry(-40, "Fee"), Entry(-10, "Interest")]
    books.take_statement(a_page(2, entries=corrected), "2b.xml")
    refused, owner = StatementFile.objects.get(name="2b.xml"), owner_of(books)

    shown = owner.get(f"/imports/statements/{refused.id}/").content.decode()

    assert refused.refusal["not_booked"] == {"entries": 2, "amount_minor": -50, "currency": "EUR"}
    assert (
        "2 entries of this file are not booked, together" in shown
        and "ask it for the whole statement in one file" in shown
    )
    assert f"/imports/statements/{StatementFile.objects.get(name='2.xml').id}/" in shown
    # The way that it names: what is new is booked, what is gone stays until a person decides.
    books.take_statement(page(1, of=1, entries=[*PAGES[0], *corrected, *PAGES[2]], identifier="S"), "whole.xml")
    assert statuses()["whole.xml"] == "balanced"
    assert lines() == sorted([*WHOLE, -40, -10])
