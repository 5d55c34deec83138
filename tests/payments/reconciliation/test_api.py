"""Reports, statements, runs and exceptions over REST, as an accountant's script uses them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment
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
    resolved = desk.post(f"reconciliation/exceptions/{found['id']}/resolve/", {"note": "Agreed", "write_off": True})
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
