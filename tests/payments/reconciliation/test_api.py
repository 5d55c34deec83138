"""Reports, statements, runs and exceptions over REST, as an accountant's script uses them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from tests.clients import signed_in
from tests.factories import a_staff_member, a_store, an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db


class Desk:
    """An accountant signed in."""

    def __init__(self, books):
        self.books = books
        self.client = signed_in(a_staff_member(books.merchant, role="accountant"))

    def get(self, path):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path, body=None):
        return self.client.post(
            f"/api/v1/{path}", body or {}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
        )

    def send(self, path, data, name="file", **fields):
        return self.client.post(f"/api/v1/{path}", {**fields, "file": SimpleUploadedFile(name, data)})


@pytest.fixture
def desk(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return Desk(Books(tmp_path))


def test_from_upload_to_resolved_exception(desk):
    books = desk.books
    sale = an_authorised_payment(books.account, minor=10000)
    data = report([Row(9900, sale.reference)])

    sent = desk.send("settlement-reports/", data, name="r.csv", gateway_account_id=str(books.account.id))
    assert (sent.status_code, sent.json()["status"]) == (202, "received")
    with acting_for(books.merchant.id):
        jobs.run(books_job(sent))
    shown = desk.get(f"settlement-reports/{sent.json()['id']}/").json()
    assert (shown["status"], shown["progress"]["status"]) == ("posted", "done")
    assert len(desk.get(f"settlement-reports/{shown['id']}/lines/").json()["data"]) == 2
    [payout] = desk.get("payouts/").json()["data"]
    assert payout["amount"] == {"amount_minor": 9900, "currency": "EUR"}
    again = desk.send("settlement-reports/", data, gateway_account_id=str(books.account.id))
    assert (again.status_code, again.json()["duplicate_of"]) == (200, shown["id"])

    asked = desk.post("reconciliation/runs/")
    assert asked.status_code == 202
    with acting_for(books.merchant.id):
        jobs.run(asked.json()["id"])
    run = desk.get(f"reconciliation/runs/{asked.json()['id']}/").json()
    assert (run["result"]["lines_matched"], run["progress"]["status"]) == (1, "done")
    [found] = desk.get("reconciliation/exceptions/").json()["data"]
    assert (found["kind"], found["reference"], found["amount"]["amount_minor"]) == ("amount", sale.reference, -100)
    resolved = desk.post(f"reconciliation/exceptions/{found['id']}/resolve/", {"note": "Agreed", "way": "write_off"})
    assert (resolved.status_code, resolved.json()["status"]) == (200, "resolved")
    assert desk.get("reconciliation/exceptions/").json()["data"] == []
    with acting_for(books.merchant.id):
        assert ledger.balance("write_off") == {"EUR": 100}


def books_job(answer):
    from payments.settlement.models import ReportFile

    return ReportFile.objects.get(id=answer.json()["id"]).job_id


def test_a_statement_is_sent_and_shown(desk):
    sent = desk.send("bank-statements/", statement([Entry(100, "x")]), bank_account_id=str(desk.books.bank.id))

    assert sent.status_code == 202
    assert desk.get(f"bank-statements/{sent.json()['id']}/").json()["status"] == "received"
    assert [account["id"] for account in desk.get("bank-accounts/").json()["data"]] == [str(desk.books.bank.id)]


def test_a_file_that_is_no_report_is_a_problem_with_line_and_column(desk):
    answer = desk.send("settlement-reports/", b"nothing", gateway_account_id=str(desk.books.account.id))

    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_report")
    assert answer.json()["data"]["line"] == 1
    assert desk.get("settlement-reports/").json()["data"] == []


def test_another_merchants_account_is_not_there(desk):
    answer = desk.send(
        "settlement-reports/", report([Row(1, "A")]), gateway_account_id=str(desk.books.foreign_account.id)
    )

    assert answer.status_code == 404
    assert desk.get("settlement-reports/").json()["data"] == []


def test_asking_for_a_run_twice_with_one_key_is_one_run(desk):
    key = str(uuid4())
    answers = [
        desk.client.post("/api/v1/reconciliation/runs/", {}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len(desk.get("reconciliation/runs/").json()["data"]) == 1


def test_an_exception_says_what_each_way_would_book_is_resolved_and_taken_back(desk):
    books = desk.books
    sale = an_authorised_payment(books.account, minor=10000)
    with acting_for(books.merchant.id):
        books.take_report(report([Row(9900, sale.reference)]))
        books.reconcile()
    [found] = desk.get("reconciliation/exceptions/?kind=amount&owner=none").json()["data"]
    # How old the sale's day is today depends on when this is read; one bucket has it.
    of_age = [
        desk.get(f"reconciliation/exceptions/?kind=amount&age={bucket}").json()["data"]
        for bucket in ("0-2", "3-7", "8-30", "30%2B")
    ]
    assert sorted(map(len, of_age)) == [0, 0, 0, 1]
    assert desk.get("reconciliation/exceptions/?owner=someone").status_code == 400
    path = f"reconciliation/exceptions/{found['id']}/"

    proposals = {one["way"]: one["bookings"] for one in desk.get(path).json()["proposals"]}
    [claim] = proposals["claim"]
    assert [(leg["kind"], leg.get("debit_minor"), leg.get("credit_minor")) for leg in claim["legs"]] == [
        ("claims", 100, None),
        ("clearing", None, 100),
    ]
    assert desk.post(f"{path}notes/", {"note": "asked them"}).status_code == 200
    until = (books.now + timedelta(days=3)).date().isoformat()
    assert desk.post(f"{path}wait/", {"until": "2020-01-01"}).status_code == 400
    assert desk.post(f"{path}assignment/", {"due_on": until}).json()["due_on"] == until
    assert desk.post(f"{path}resolve/", {"way": "book", "account": "bank"}).status_code == 400
    booked = desk.post(f"{path}resolve/", {"way": "book", "account": "fees"}).json()
    assert (booked["status"], booked["decision"]["account"]) == ("resolved", "fees")
    opened = desk.post(f"{path}undo/", {"note": "no"}).json()
    assert (opened["status"], opened["decision"]) == ("open", None)
    many = desk.post("reconciliation/exceptions/decisions/", {"exception_ids": [found["id"]], "way": "note"}).json()
    assert [one["is_resolved"] for one in many["data"]] == [True]
    closed = desk.post("reconciliation/closings/", {"report_id": report_of(books)})
    assert (closed.status_code, closed.json()["figures"]["resolved"]) == (200, 1)
    refused = desk.post(f"{path}undo/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_closed")


def report_of(books):
    from payments.settlement.models import ReportFile

    with acting_for(books.merchant.id):
        return str(ReportFile.objects.get().id)


def test_rules_are_read_by_an_accountant_and_tried_by_an_owner(desk):
    owner = signed_in(a_staff_member(desk.books.merchant, role="owner"))
    assert desk.get("reconciliation/rules/").json()["card_window_days"] == 7
    assert desk.post("reconciliation/rules/", {"card_window_days": 3}).status_code == 403

    asked = owner.post(
        "/api/v1/reconciliation/rules/dry-runs/", {"card_window_days": 3, "first": "2026-11-01", "last": "2026-11-30"},
        content_type="application/json", HTTP_IDEMPOTENCY_KEY="a-key",
    )  # fmt: skip
    with acting_for(desk.books.merchant.id):
        jobs.run(asked.json()["id"])

    shown = desk.get(f"reconciliation/rules/dry-runs/{asked.json()['id']}/").json()
    assert (asked.status_code, shown["result"]["matches_before"]) == (202, 0)
    assert desk.get("reconciliation/rules/").json()["version"] == 0


def test_an_upload_with_a_key_is_answered_once_and_another_file_under_it_is_refused(desk):
    fields, path = {"gateway_account_id": str(desk.books.account.id)}, "/api/v1/settlement-reports/"

    def send(data, key):
        body = {**fields, "file": SimpleUploadedFile("r.csv", data)}
        return desk.client.post(path, body, HTTP_IDEMPOTENCY_KEY=key)

    first, again = send(report([Row(1, "A")]), "k1"), send(report([Row(1, "A")]), "k1")
    other = send(report([Row(2, "A")]), "k1")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert len(desk.get("settlement-reports/").json()["data"]) == 1


def test_a_file_is_taken_back_and_its_changes_are_listed(desk):
    books = desk.books
    with books.acting():
        first = books.take_report(report([Row(1000, "A1")])).report
        again = books.take_report(report([Row(1000, "A1", fee=5)]), name="again.csv").report
        taken = books.take_statement(statement([Entry(5)])).file

    changes = desk.get(f"settlement-reports/{again.id}/changes/").json()
    assert [(row["type"], row["was"]["net_minor"], row["is"]["net_minor"]) for row in changes["data"]] == [
        ("sale", 1000, 995), ("payout", -1000, -995),
    ]  # fmt: skip
    assert desk.get(f"settlement-reports/{first.id}/changes/").json()["changed_by"] == [
        {"report_id": str(again.id), "rows_changed": 2}
    ]
    for path, data in (
        (f"settlement-reports/{first.id}/file/", report([Row(1000, "A1")])),
        (f"bank-statements/{taken.id}/file/", statement([Entry(5)])),
    ):
        assert b"".join(desk.get(path).streaming_content) == data


@pytest.mark.parametrize("role", ["manager", "accountant"])
def test_who_works_at_one_store_neither_sees_nor_decides_what_is_the_whole_merchants(desk, role):
    books = desk.books
    sale = an_authorised_payment(books.account, minor=10000)
    with acting_for(books.merchant.id):
        books.take_report(report([Row(9900, sale.reference)]))
        books.reconcile()
    found = desk.get("reconciliation/exceptions/").json()["data"][0]["id"]
    desk.client = signed_in(a_staff_member(books.merchant, role=role, stores=[a_store(books.merchant)]))

    addresses = ("reconciliation/exceptions/", f"reconciliation/exceptions/{found}/", "payouts/", "settlement-reports/")
    assert [desk.get(address).status_code for address in addresses] == [403] * 4
    assert desk.client.get("/reconciliation/").status_code == 403
    assert desk.post(f"reconciliation/exceptions/{found}/resolve/", {"way": "write_off"}).status_code == 403
    with acting_for(books.merchant.id):
        assert ledger.balance("write_off") == {}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_what_is_due_at_the_end_of_the_calendar_is_nothing(desk, day):
    answer = desk.get(f"reconciliation/due-payouts/?from_date={day}")

    assert (answer.status_code, answer.json()["data"]) == (200, [])


@pytest.mark.parametrize(
    "path",
    [
        "orders/", "payments/", "settlement-reports/", "bank-statements/", "bank-lines/", "payouts/", "reconciliation/runs/",
        "reconciliation/exceptions/", "column-mappings/", "till/parked/",
    ],
)  # fmt: skip
def test_a_list_over_rest_refuses_an_order_or_filter_it_does_not_know(desk, path):
    refused = desk.get(f"{path}?sort=bogus")

    assert (refused.status_code, refused.json()["code"]) == (400, "filter_refused")
    assert "'sort'" in refused.json()["detail"]
    assert desk.get(f"{path}?size=5").status_code == 200
