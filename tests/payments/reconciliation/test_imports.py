"""The import centre: all files in one list, several sent at once, each recognised by what is in it, taken back as it came, tried again."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.audit.models import AuditEntry
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from payments.reconciliation.models import BankAccount, StatementFile
from payments.reconciliation.statements import raw_files
from payments.settlement import live
from payments.settlement.formats.sets import SET_ROWS
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_staff_member
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db
ROWS = [Row(1000, "A1", fee=10), Row(2000, "A2")]


@pytest.fixture
def books(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return Books(tmp_path)


@pytest.fixture
def accountant(books):
    return signed_in(a_staff_member(books.merchant, role="accountant"))


def send(client, *files, **fields):
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post("/imports/", {"file": sent, **fields})


def results(answer):
    text = answer.content.decode().split('id="import-results"')[1].split("</ul>")[0]
    return [words(f"<li {line}") for line in text.split("<li ")[1:]]


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_several_files_at_once_are_recognised_and_each_has_its_own_result(books, accountant):
    answer = send(
        accountant, ("day.csv", report(ROWS)), ("bank.xml", statement([Entry(2990)])), ("holiday.csv", b"name,where\nM,U\n"),
    )  # fmt: skip

    assert answer.status_code == 200
    first, second, third = results(answer)
    assert "day.csv Taken in" in first
    assert "bank.xml Taken in" in second
    assert "holiday.csv This file was not taken" in third and "line 1" in third
    with acting_for(books.merchant.id):
        assert [file.gateway_account_id for file in ReportFile.objects.all()] == [books.account.id]
        assert [file.bank_account_id for file in StatementFile.objects.all()] == [books.bank.id]


def test_one_file_without_an_account_leads_to_its_page(books, accountant):
    answer = send(accountant, ("day.csv", report(ROWS)))

    with acting_for(books.merchant.id):
        assert answer["Location"] == f"/imports/{ReportFile.objects.get().id}/"


def test_where_several_accounts_fit_the_page_asks_and_takes_the_answer(books, accountant):
    other = a_gateway_account(books.merchant, name="Second")

    asked = send(accountant, ("day.csv", report(ROWS)))

    with acting_for(books.merchant.id):
        assert not ReportFile.objects.exists()
    page = asked.content.decode()
    token = re.search(r'name="kept" value="([^"]+)"', page)[1]
    answer = accountant.post("/imports/", {"kept": token, "account": f"gateway:{other.id}"})
    with acting_for(books.merchant.id):
        taken = ReportFile.objects.get()
    assert (taken.gateway_account_id, taken.name, answer["Location"]) == (other.id, "day.csv", f"/imports/{taken.id}/")


def test_an_account_that_calls_itself_what_the_rows_say_is_found_among_several(books, accountant):
    other = a_gateway_account(books.merchant, name="Second")

    send(accountant, ("day.csv", report(ROWS, account=other.external_id)))

    with acting_for(books.merchant.id):
        assert ReportFile.objects.get().gateway_account_id == other.id


def test_a_token_of_another_merchant_or_a_forged_one_is_not_found(books, accountant):
    a_gateway_account(books.merchant, name="Second")
    token = re.search(r'name="kept" value="([^"]+)"', send(accountant, ("day.csv", report(ROWS))).content.decode())[1]
    stranger = signed_in(a_staff_member(Books(books.folder).merchant, role="accountant"))

    answers = [
        client.post("/imports/", {"kept": kept, "account": f"gateway:{books.account.id}"})
        for client, kept in ((stranger, token), (accountant, f"{token}x"))
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not ReportFile.across_merchants.exists()


def test_a_statement_of_none_of_our_accounts_is_refused_and_not_kept(books, accountant):
    answer = send(accountant, ("bank.xml", statement([Entry(1)], iban="FR1420041010050500013M02606")))

    assert answer.status_code == 422
    assert "none of your bank accounts" in answer.content.decode()
    assert not StatementFile.across_merchants.exists()


def file_names(client, query=""):
    page = client.get(f"/imports/{query}").content.decode()
    return re.findall(r'<th scope="row" class="wrap"><a[^>]*>([^<]+)', page), page


def test_reports_and_statements_stand_in_one_list_filtered_sorted_and_leafed_through(books, accountant):
    with books.acting():
        books.take_report(report(ROWS), name="first.csv")
        books.take_statement(statement([Entry(5), Entry(6), Entry(7), Entry(8)]), name="second.xml")
        books.take_report(report(ROWS, payout_minor=3), name="third.csv")

    assert file_names(accountant)[0] == ["third.csv", "second.xml", "first.csv"]
    assert file_names(accountant, "?sort=oldest")[0] == ["first.csv", "second.xml", "third.csv"]
    assert file_names(accountant, "?sort=rows")[0][0] == "second.xml"
    assert file_names(accountant, "?sort=difference")[0][0] == "third.csv"
    assert file_names(accountant, "?status=out_of_balance")[0] == ["third.csv"]
    assert file_names(accountant, "?of=bank")[0] == ["second.xml"]
    assert file_names(accountant, f"?account=bank:{books.bank.id}")[0] == ["second.xml"]
    assert file_names(accountant, "?q=FIRST")[0] == ["first.csv"]
    assert "+ € 29.87" in words(file_names(accountant)[1])


@pytest.mark.parametrize("sort", ["newest", "oldest", "rows", "difference"])
def test_pages_of_the_list_hold_every_file_once_and_lead_back(books, monkeypatch, sort):
    from payments.reconciliation.imports import queries as file_queries

    with books.acting():
        for number in range(5):
            books.take_report(
                report([Row(100, f"{number}")] * (number % 3 + 1), batch=str(number)), name=f"{number}.csv"
            )
        asked = file_queries.FilesAsked(sort=sort)
        everything = [file.id for file in file_queries.page_of_files(asked).rows]
        first = file_queries.page_of_files(asked, size=2)
        second = file_queries.page_of_files(asked, size=2, after=first.older)
        third = file_queries.page_of_files(asked, size=2, after=second.older)
        back = file_queries.page_of_files(asked, size=2, before=third.newer)

    assert [file.id for page in (first, second, third) for file in page.rows] == everything
    assert ([file.id for file in back.rows], third.older) == ([file.id for file in second.rows], None)


def test_another_merchants_files_are_not_in_the_list(books):
    with books.acting():
        books.take_report(report(ROWS))
    stranger = signed_in(a_staff_member(Books(books.folder).merchant, role="accountant"))

    assert file_names(stranger)[0] == []


def test_the_page_of_a_file_says_what_was_booked_what_changed_and_what_is_gone(books, accountant):
    with books.acting():
        first = books.take_report(report([*ROWS, Row(4000, "A3")]), name="first.csv").report
        data = report([ROWS[0], Row(2000, "A2", fee=25)]).replace(b"1,3,payout", b"1,4,payout")
        again = books.take_report(data, name="again.csv").report

    page = accountant.get(f"/imports/{again.id}/").content.decode()

    assert "2 rows changed since an earlier report." in page
    assert "1 row of its batches is not in this file any more." in page
    assert page.count(f'<a href="/imports/{first.id}/">first.csv</a>') == 2
    booked = page.split('id="booked"')[1].split("</section>")[0]
    assert re.findall(r'<th scope="row">([^<]+)</th>', booked) == ["Clearing", "Fees", "Payouts in transit"]
    assert "Fees + € 0.25" in words(booked)
    assert "2 rows were changed by a later report." in accountant.get(f"/imports/{first.id}/").content.decode()


def test_a_report_that_does_not_add_up_says_by_how_much_and_what_to_do(books, accountant):
    with books.acting():
        taken = books.take_report(report(ROWS, payout_minor=1)).report

    page = words(accountant.get(f"/imports/{taken.id}/").content.decode())

    assert "This file does not add up." in page
    assert (
        "Nothing of it is booked. Fetch it again where it comes from; if it is the same, ask there for a corrected file"
        in page
    )


def test_the_file_is_taken_back_as_it_came_and_that_is_written_down(books, accountant):
    with books.acting():
        taken = books.take_report(report(ROWS)).report

    answer = accountant.get(f"/imports/{taken.id}/file/")

    assert b"".join(answer.streaming_content) == report(ROWS)
    assert 'filename="report.csv"' in answer["Content-Disposition"]
    with acting_for(books.merchant.id):
        entry = AuditEntry.objects.get(action="report.downloaded")
    assert entry.subject == f"report:{taken.id}"


@pytest.mark.parametrize(
    ("name", "content", "given"),
    [
        ("2026-11-23", b"<?xml version='1.0'?><Document/>", "2026-11-23.xml"),
        ("payouts v1.08", b"payout;net\n1;2\n", "payouts v1.08.csv"),
        ("turnover", b"\r\n{1:F01BANKDEFFXXXX0000000000}", "turnover.sta"),
        ("turnover", b":20:STARTUMS\r\n", "turnover.sta"),
        ("pages", b"PK\x03\x04\x14", "pages.zip"),
        ("report", b'\xef\xbb\xbf{"rows": []}', "report.json"),
        ("note", b"nothing known", "note.txt"),
        ("report.CSV", b"<not looked at", "report.CSV"),
    ],
)
def test_a_file_without_an_ending_is_given_out_with_that_of_what_is_in_it(tmp_path, name, content, given):
    path = tmp_path / "kept"
    path.write_bytes(content)

    assert raw_files.download_name(name, path) == given


def test_a_statement_sent_without_an_ending_is_taken_back_with_one(books, accountant):
    with books.acting():
        taken = books.take_report(report(ROWS)).report
        ReportFile.objects.filter(id=taken.id).update(name="2026-11-23")

    answer = accountant.get(f"/imports/{taken.id}/file/")

    assert 'filename="2026-11-23.csv"' in answer["Content-Disposition"]


def test_counts_of_an_import_have_the_separators_of_the_language(books, accountant):
    with books.acting():
        taken = books.take_report(report(ROWS)).report
        ReportFile.objects.filter(id=taken.id).update(rows_known=54321, lines_open=6789)
    accountant.cookies["django_language"] = "de"

    page = words(accountant.get(f"/imports/{taken.id}/").content.decode())

    assert "54.321" in page and "6.789" in page
    assert "54321" not in page


def test_who_may_only_read_takes_no_file_and_retries_nothing(books):
    with books.acting():
        taken = books.take_report(report(ROWS)).report
    auditor = signed_in(a_staff_member(books.merchant, role="auditor"))

    assert auditor.get(f"/imports/{taken.id}/file/").status_code == 403
    assert auditor.post(f"/imports/{taken.id}/retry/").status_code == 403
    with acting_for(books.merchant.id):
        assert not AuditEntry.objects.filter(action="report.downloaded").exists()


def test_an_import_that_was_given_up_is_tried_again_from_its_page(books, accountant, monkeypatch):
    with monkeypatch.context() as broken, books.acting():
        broken.setattr("payments.settlement.posting.post_report", lambda *a, **k: 1 / 0)
        send(accountant, ("day.csv", report(ROWS)))
        taken = ReportFile.objects.get()
        Job.objects.update(attempts=jobs.ATTEMPTS_MAX - 1)
        assert jobs.run(taken.job_id) == "dead"
    page = accountant.get(f"/imports/{taken.id}/").content.decode()
    assert "Try again" in page

    accountant.post(f"/imports/{taken.id}/retry/", {"idempotency_key": "once"})

    with books.acting():
        assert jobs.run(taken.job_id) == "done"
        assert ReportFile.objects.get().status == "posted"


def test_the_reading_of_a_long_file_is_told_in_figures(books, monkeypatch):
    told = []
    monkeypatch.setattr(live.screens, "push", lambda _merchant, topic, **what: told.append((topic, what)))
    monkeypatch.setattr(live, "_TOLD_EVERY_SECONDS", 0.0)
    rows = [Row(100, f"A{number}") for number in range(5000)]
    with books.acting():
        taken = books.take_report(report(rows)).report

    drawings = [what["drawings"] for _, what in told if "drawings" in what]
    assert len(drawings) == 1
    assert {reader.language for reader in drawings[0]} == {"en", "de", "sv"}
    figures = list(drawings[0].values())
    assert len(set(figures)) == 1, "figures are the same in every language"
    assert f'id="import-done-{taken.id}"' in figures[0]
    # It is told after a set of rows, and so a little later than the rows say.
    read = re.search(r'max="\d+" value="(\d+)"', figures[0])
    assert read and 4096 <= int(read[1]) < 4096 + SET_ROWS
    assert 4500 < int(re.search(r'max="(\d+)"', figures[0])[1]) < 5500
    assert {topic for topic, _ in told} == {live.TOPIC}
    assert [what["event"]["kind"] for _, what in told if "event" in what] == ["changed"] * 3


def test_no_bank_account_is_needed_to_list_files(accountant, books):
    with books.acting():
        BankAccount.objects.all().delete()

    assert accountant.get("/imports/").status_code == 200
