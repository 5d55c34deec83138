"""The workbench and imports as pages."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.models import Deviation, Match, StatementLine
from payments.reconciliation.workbench import queries as bench_queries
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_merchant, a_staff_member, papers
from tests.factories.merchants import FOUNDED_AT

pytestmark = pytest.mark.django_db


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


def test_a_way_has_one_number_whatever_the_exception(merchant, accountant):
    numbers: dict[str, set[str]] = {}
    offered = set()
    for kind in ("amount", "fee", "missing_in_report", "statement_gap", "short_payout"):
        found = papers.a_deviation(merchant)
        with acting_for(merchant.id):
            Deviation.objects.filter(id=found.id).update(kind=kind)
        page = accountant.get(f"/reconciliation/?exception={found.id}").content.decode()
        shown = re.findall(r'data-number="(\d)"\s+aria-keyshortcuts="\1"\s+value="(\w+)"', page)
        offered.add(tuple(shown))
        for number, way in shown:
            numbers.setdefault(way, set()).add(number)

    assert len(offered) > 1
    assert {way: sorted(found) for way, found in numbers.items()} == {
        "write_off": ["1"],
        "book": ["2"],
        "note": ["5"],
        "wait": ["6"],
    }


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
        if not found:
            return ""
        address = html.unescape(found[1]).removeprefix("/reconciliation/")
        return accountant.get(f"/reconciliation/{address}").content.decode()

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
    assert numbers == ["1", "2", "5", "6"]
    assert '<span class="kbd">6</span> choose' in hint


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


def form_of(page, action):
    """The fields of the form that goes to `action`, as a browser without scripts would send them."""
    form = page.split(f'action="{action}"')[1].split("</form>")[0]
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'name="([^"]+)"\s+value="([^"]*)"', form)
    }


def test_what_was_just_resolved_is_undone_from_the_workbench(merchant, accountant):
    found = papers.a_deviation(merchant)
    resolve(accountant, found)

    page = accountant.get("/reconciliation/").content.decode()
    url = f"/reconciliation/exceptions/{found.id}/undo/"
    answer = accountant.post(url, form_of(page, url))

    assert 'data-shortcut="u"' in page
    assert answer["Location"] == f"/reconciliation/?exception={found.id}"
    assert state_of(found) == "open"


def test_what_waits_leaves_the_queue_and_is_found_again(merchant, accountant):
    found = papers.a_deviation(merchant)
    until = (machine_now().date() + timedelta(days=3)).isoformat()

    answer = resolve(accountant, found, resolution="wait", until=until)

    assert answer["Location"] == "/reconciliation/"
    assert state_of(found) == "open"
    page = accountant.get("/reconciliation/").content.decode()
    assert ("1 waits for a later day" in page, str(found.id) in page.split('id="recon-queue"')[-1]) == (True, False)
    assert str(found.id) in accountant.get("/reconciliation/?waiting=yes").content.decode()


def test_above_the_limit_the_page_asks_a_second_person_and_then_resolves(merchant, accountant):
    found = papers.a_deviation(merchant)
    with acting_for(merchant.id):
        Deviation.objects.filter(id=found.id).update(amount_minor=-99_900)
    found.amount_minor = -99_900
    manager = a_staff_member(merchant, role="manager")

    first = resolve(accountant, found, resolution="write_off")
    waiting = accountant.get(f"/reconciliation/exceptions/{found.id}/").content.decode()
    with acting_for(merchant.id):
        [asked] = Approval.objects.all()
        assert Journal.objects.count() == 0
        approvals.decide(approval_id=asked.id, member_id=manager.id, is_granted=True)
    agreed = accountant.get(f"/reconciliation/exceptions/{found.id}/").content.decode()
    second = resolve(accountant, found, resolution="write_off", idempotency_key="another")

    assert (first.status_code, second.status_code, state_of(found)) == (302, 302, "resolved")
    assert "Waiting for a second person" in waiting
    assert f"{manager.user} agrees" in agreed


def test_the_list_is_narrowed_and_what_is_ticked_is_decided_together(merchant, accountant):
    rows = [papers.a_deviation(merchant) for _ in range(3)]
    other = papers.a_deviation(merchant)
    with acting_for(merchant.id):
        Deviation.objects.filter(id=other.id).update(kind="duplicate")

    mixed = accountant.get("/reconciliation/exceptions/").content.decode()
    page = accountant.get("/reconciliation/exceptions/?kind=missing_payout").content.decode()
    url = "/reconciliation/exceptions/decide/"
    accountant.post(url, form_of(page, url) | {"selected": [str(row.id) for row in rows[:2]], "resolution": "note"})

    assert "Choose one kind above" in mixed
    assert [state_of(row) for row in (*rows, other)] == ["resolved", "resolved", "open", "open"]


def test_a_batch_that_is_done_is_closed_and_says_by_whom(merchant, accountant):
    file = papers.a_report_file(merchant)
    with acting_for(merchant.id):
        for status in ("reading", "balanced", "posted"):
            ReportFile.objects.filter(id=file.id).update(status=status)
    url = f"/reconciliation/close/?batch={file.id}"

    open_page = accountant.get(f"/reconciliation/?batch={file.id}").content.decode()
    accountant.post(url, form_of(open_page, url))

    closed = accountant.get(f"/reconciliation/?batch={file.id}").content.decode()
    assert "Nothing of it is undone any more" in closed
    assert "Close the batch" not in closed


def test_pages_of_exceptions_are_the_merchants_own(merchant, accountant):
    stranger = papers.a_deviation(a_merchant())

    for what in ("undo", "assign", "note"):
        answer = accountant.post(f"/reconciliation/exceptions/{stranger.id}/{what}/", {"idempotency_key": what})
        assert answer.status_code == 404
    assert state_of(stranger) == "open"


def test_rules_are_saved_and_tried_from_one_form(merchant):
    owner = signed_in(a_staff_member(merchant, role="owner"))
    address = "/reconciliation/rules/"
    fields = form_of(owner.get(address).content.decode(), address) | {
        "card_window_days": "5", "payout_window_days": "6", "rounding": "0.02", "rounding_account": "cash_rounding", "limit_accountant": "75.00",
    }  # fmt: skip

    tried = owner.post(f"{address}try/", fields)
    with acting_for(merchant.id):
        assert not MatchRules.objects.exists()
        jobs.run(tried["Location"].rstrip("/").rsplit("/", 1)[1])
    trial = owner.get(tried["Location"]).content.decode()
    refused = owner.post(address, fields | {"card_window_days": "99", "idempotency_key": "other"})
    saved = owner.post(address, fields)

    assert "0 rows are matched, 0 would be" in trial
    assert (refused.status_code, saved.status_code) == (400, 302)
    with acting_for(merchant.id):
        [held] = MatchRules.objects.all()
    assert (held.card_window_days, held.rounding_max_minor) == (5, 2)
    assert (held.limits["accountant"], held.limits["owner"]) == (7_500, None)
    assert "Version 1, saved by" in owner.get(address).content.decode()


def test_an_accountant_reads_the_rules_and_changes_none(accountant):
    assert accountant.get("/reconciliation/rules/").status_code == 200
    assert accountant.post("/reconciliation/rules/", {"idempotency_key": "k"}).status_code == 403
