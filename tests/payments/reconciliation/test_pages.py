"""The workbench and imports as pages."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.tenancy import acting_for
from payments.reconciliation.models import Deviation
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_merchant, a_staff_member, papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def accountant(merchant):
    return signed_in(a_staff_member(merchant, role="accountant"))


def resolve(client, found, **changes):
    fields = {"resolution": "note", "note": "seen", "version": f"open:{found.amount_minor}", "idempotency_key": "a-key"}
    return client.post(f"/reconciliation/exceptions/{found.id}/", fields | changes)


def state_of(found):
    return Deviation.across_merchants.get(id=found.id).status


def test_nothing_to_reconcile_says_so(accountant):
    assert "Nothing to reconcile yet" in accountant.get("/reconciliation/").content.decode()


def test_an_exception_is_resolved_once_and_the_next_one_opens(merchant, accountant):
    first, second = papers.a_deviation(merchant), papers.a_deviation(merchant)

    answers = [resolve(accountant, first) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {f"/reconciliation/?exception={second.id}"}
    assert (state_of(first), state_of(second)) == ("resolved", "open")


def test_a_page_that_is_too_old_resolves_nothing(merchant, accountant):
    found = papers.a_deviation(merchant)

    answer = resolve(accountant, found, version="open:1")

    assert answer.status_code == 409
    assert state_of(found) == "open"


def test_an_auditor_sees_the_exception_and_cannot_resolve_it(merchant):
    found = papers.a_deviation(merchant)
    auditor = signed_in(a_staff_member(merchant, role="auditor"))

    assert auditor.get(f"/reconciliation/exceptions/{found.id}/").status_code == 200
    assert resolve(auditor, found).status_code == 403
    assert state_of(found) == "open"


def test_a_file_that_is_no_report_is_refused_with_line_and_column_and_not_kept(merchant, accountant):
    account = a_gateway_account(merchant)
    file = SimpleUploadedFile("holiday.csv", b"name,where\nMara,Uppsala\n")

    answer = accountant.post("/imports/", {"account": f"gateway:{account.id}", "file": file})

    assert answer.status_code == 422
    assert "line 1" in answer.content.decode()
    with acting_for(merchant.id):
        assert not ReportFile.objects.exists()
