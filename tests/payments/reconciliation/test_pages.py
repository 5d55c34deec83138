"""The workbench and imports as pages."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.tenancy import acting_for
from payments.reconciliation import bench_queries
from payments.reconciliation.models import Deviation, Match, StatementLine
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_merchant, a_staff_member, papers
from tests.factories.merchants import FOUNDED_AT

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


@pytest.mark.parametrize("sort", ["largest", "newest", "oldest"])
def test_more_exceptions_than_a_page_holds_are_leafed_through_each_once_and_back(
    merchant, accountant, monkeypatch, sort
):
    monkeypatch.setattr(bench_queries, "EXCEPTIONS_SHOWN", 2)
    made = [papers.a_deviation(merchant) for _ in range(5)]
    with acting_for(merchant.id):
        # Two of one size: the size alone does not say where a page begins.
        for number, size in enumerate((500, -900, 700, 500, 100)):
            Deviation.objects.filter(id=made[number].id).update(amount_minor=size)

    def leaf(page, rel):
        found = re.search(rf'rel="{rel}"\s+href="([^"]+)"', page)
        return accountant.get("/reconciliation/" + html.unescape(found[1]).removeprefix("/reconciliation/")).content.decode() if found else ""  # fmt: skip

    def shown(page):
        return re.findall(r"exception=([0-9a-f-]{36})", page.split('id="recon-queue"')[1].split("</ol>")[0])

    first = accountant.get(f"/reconciliation/?sort={sort}").content.decode()
    second = leaf(first, "next")
    third = leaf(second, "next")

    ids = [str(one.id) for one in made]
    order = {"largest": [1, 2, 3, 0, 4], "newest": [4, 3, 2, 1, 0], "oldest": [0, 1, 2, 3, 4]}[sort]
    assert [*shown(first), *shown(second), *shown(third)] == [ids[number] for number in order]
    assert leaf(third, "next") == ""
    assert shown(leaf(third, "prev")) == shown(second)
    assert shown(leaf(leaf(third, "prev"), "prev")) == shown(first)
    assert leaf(first, "prev") == ""
    for page in (first, second, third):
        assert '<span class="hint">5</span>' in page


def test_the_hint_offers_as_many_choices_as_there_are(merchant, accountant):
    papers.a_deviation(merchant)

    page = accountant.get("/reconciliation/").content.decode()

    numbers = re.findall(r'<span class="kbd" aria-hidden="true">(\d)</span>', page)
    hint = page.split('class="foot hint"')[1].split("</p>")[0]
    assert numbers == ["1", "2"]
    assert '<span class="kbd">2</span> choose' in hint
    assert '<span class="kbd">4</span>' not in hint


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


def test_a_bank_statement_shows_its_entries_with_the_payout_each_turned_out_to_be(merchant, accountant):
    file, payout = papers.a_statement_file(merchant), papers.a_payout(merchant)
    with acting_for(merchant.id):
        lines = [
            StatementLine.objects.create(
                statement=file, bank_account=file.bank_account, line_key=str(number), amount_minor=1000, currency="EUR",
                booked_on=date(2026, 1, 3), text=f"entry {number}",
            )
            for number in (1, 2)
        ]  # fmt: skip
        Match.objects.create(
            rule="reference", statement_line_id=lines[0].id, payout_id=payout.id, amount_minor=1000, currency="EUR",
            matched_at=FOUNDED_AT,
        )  # fmt: skip

    text = accountant.get(f"/imports/statements/{file.id}/").content.decode()

    first, second = (row.split("</tr>")[0] for row in text.split("entry ")[1:3])
    assert payout.reference in first
    assert payout.reference not in second


def test_an_exception_is_headed_by_a_sentence_with_its_amount_and_a_readable_day(merchant, accountant):
    found = papers.a_deviation(merchant)

    text = accountant.get(f"/reconciliation/exceptions/{found.id}/").content.decode()

    assert "€10.00 was announced and is not in the bank" in text
    assert "Fri 2 Jan" in text
    assert "2026-01-02" not in text
