"""The accountant's pages and their REST twins: numbers, periods, files, and who may do what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import Actor, acting_for
from merchant.ledger import periods
from payments.accounting import plans
from payments.accounting.models import AccountPlan, JournalExport
from reports.exports.models import ExportFile
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member

pytestmark = pytest.mark.django_db(transaction=True)

DECEMBER = datetime(2026, 12, 3, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def shop():
    shop = a_shop()
    move_business_clock(shop.id, to=datetime(2026, 11, 20, 12, tzinfo=UTC))
    shop.sell(2, 1)
    move_business_clock(shop.id, to=DECEMBER)
    return shop


@pytest.fixture
def accountant(shop):
    return signed_in(a_staff_member(shop.merchant, role="accountant"))


def posted(client, path, **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def asked(client, path, body):
    return client.post(
        f"/api/v1/accounting/{path}/", body, content_type="application/json", headers={"Idempotency-Key": str(uuid4())}
    )


def test_an_accountant_makes_last_months_journal_in_one_press_and_sees_what_came_since(shop, accountant):
    form = accountant.get("/accounting/").content.decode()
    assert 'value="2026-11-01"' in form
    assert '<option value="datev" selected>' in form

    answer = posted(accountant, "/accounting/", format="datev", date_from="2026-11-01", date_to="2026-11-30")
    assert (answer.status_code, answer["Location"]) == (302, "/accounting/")
    with acting_for(shop.id):
        export = ExportFile.objects.get()
        assert jobs.run(export.job_id) == "done"
    move_business_clock(shop.id, to=datetime(2026, 11, 29, 12, tzinfo=UTC))
    shop.sell(1)
    move_business_clock(shop.id, to=DECEMBER)

    page = accountant.get("/accounting/").content.decode()
    file_page = accountant.get(f"/accounting/files/{export.id}/").content.decode()

    assert f"/accounting/files/{export.id}/" in page
    assert f"/exports/{export.id}/file/" in page
    assert export.name.endswith(".csv")
    assert "Facts were booked on these days since." in file_page
    assert "29 Nov" in file_page
    with acting_for(shop.id):
        row = JournalExport.objects.get()
    rest = accountant.get(f"/api/v1/accounting/files/{row.id}/").json()
    assert [change["day"] for change in rest["changes"]] == ["2026-11-29"]
    assert rest["debit"] == {"amount_minor": 7500, "currency": "EUR"}
    assert accountant.get("/api/v1/accounting/files/").json()["data"][0]["sha256"] == row.sha256
    stranger = signed_in(a_staff_member(a_shop().merchant, role="accountant"))
    assert stranger.get(f"/accounting/files/{export.id}/").status_code == 404
    assert stranger.get(f"/api/v1/accounting/files/{row.id}/").status_code == 404


def test_a_number_is_changed_as_a_new_version_and_a_stale_page_changes_nothing(shop, accountant):
    page = accountant.get("/accounting/accounts/").content.decode()
    assert 'name="number:sales|1900"' in page
    assert "Cash in the register: T" in page, "the shop's own register can have a number of its own"
    with acting_for(shop.id):
        plan = plans.plan_in_force()
    fields = {f"number:{line.kind}|{line.subject}": line.number for line in plan.lines}
    fields |= {f"name:{line.kind}|{line.subject}": line.name for line in plan.lines}
    fields |= {"number:cash_register|": "1001", "automatic:sales|1900": "on", "version": "0"}

    answer = posted(accountant, "/accounting/accounts/", **fields)
    again = posted(accountant, "/accounting/accounts/", **fields | {"number:cash_register|": "1002"})
    nameless = posted(accountant, "/accounting/accounts/", **fields | {"version": "1", "name:bank|": ""})

    assert [answer.status_code, again.status_code, nameless.status_code] == [302, 409, 400]
    assert 'value="1002"' in again.content.decode(), "what was typed is still there"
    with acting_for(shop.id):
        plan = plans.plan_in_force()
        finder = plans.Finder(plan.lines)
        assert (plan.number, finder.find("cash_register", "any").number) == (1, "1001")
        assert finder.find("sales", "1900").is_automatic
        assert not finder.find("sales_returns", "1900").is_automatic
        assert AccountPlan.objects.count() == 1


def test_another_chart_takes_the_place_of_all_numbers(shop, accountant):
    fields = {
        "company": "Halden & Roe", "fiscal_month": "7", "chart": "bas", "voucher_series": "T", "datev_consultant": "1001", "datev_client": "1",
    }  # fmt: skip

    assert posted(accountant, "/accounting/settings/", **fields | {"fiscal_month": "13"}).status_code == 400
    assert posted(accountant, "/accounting/settings/", **fields).status_code == 302

    with acting_for(shop.id):
        plan = plans.plan_in_force()
    assert (plan.chart, plan.settings.fiscal_month, plan.settings.company) == ("bas", 7, "Halden & Roe")
    answer = posted(accountant, "/accounting/", format="sie_4i", date_from="2026-11-01", date_to="2026-11-30")
    assert answer.status_code == 422
    assert "Sales at 19 %" in answer.content.decode(), "BAS has no German rates: what is missing is named"


def test_a_period_is_closed_and_only_two_people_open_it_again(shop, accountant):
    today = posted(accountant, "/accounting/periods/close/", until="2026-12-03")
    closed = posted(accountant, "/accounting/periods/close/", until="2026-11-30")
    closed_notice = accountant.get("/accounting/periods/").content.decode()
    owner = a_staff_member(shop.merchant, role="owner")
    fields = {"day": "2026-11-01", "reason": "a fee was missing"}

    alone = posted(accountant, "/accounting/periods/reopen/", **fields)
    with acting_for(shop.id):
        assert periods.lock_in_force().locked_until == date(2026, 11, 30), "nobody agreed yet"
        approval = Approval.objects.get()
    deciders = [signed_in(owner).get(page).content.decode() for page in ("/inbox/", "/", "/approvals/", "/inbox/bell/")]
    own = accountant.get("/inbox/").content.decode()
    others = signed_in(a_staff_member(shop.merchant, role="manager")).get("/inbox/").content.decode()
    with acting_for(shop.id, Actor("staff", owner.id, str(owner.user))):
        approvals.decide(approval_id=approval.id, member_id=owner.id, is_granted=True)
    leads = accountant.get("/approvals/").content.decode()
    filled = accountant.get("/accounting/periods/reopen/?day=2026-11-01&reason=a+fee+was+missing").content.decode()
    together = posted(accountant, "/accounting/periods/reopen/", **fields)

    inbox, home, asked_for, bell = deciders
    assert all("open again from 1 November 2026" in page for page in (inbox, home, asked_for))
    assert 'class="bell-count"' in bell
    assert "open again from" not in own + others, "who asked, and who may not decide, need not look"
    assert 'href="/accounting/periods/reopen/?day=2026-11-01&amp;reason=a+fee+was+missing"' in leads
    assert 'value="2026-11-01"' in filled and 'value="a fee was missing"' in filled
    assert [today.status_code, closed.status_code, alone.status_code, together.status_code] == [422, 302, 302, 302]
    page = accountant.get("/accounting/periods/").content.decode()
    assert "The books are closed up to 30 November 2026." in closed_notice
    assert "Open again from 1 November 2026." in page
    assert "a fee was missing" in page
    assert str(owner.user) in page
    with acting_for(shop.id):
        assert periods.lock_in_force().locked_until == date(2026, 10, 31)


def test_periods_and_plan_over_rest(shop, accountant):
    assert accountant.get("/api/v1/accounting/plan/").json()["chart"] == "skr03"
    changed = asked(accountant, "plan", {"after": 0, "settings": {"fiscal_month": 4}})
    stale = asked(accountant, "plan", {"after": 0, "chart": "plain"})
    closed = asked(accountant, "periods", {"until": "2026-11-30"})
    twice = asked(accountant, "periods", {"until": "2026-11-30"})
    alone = asked(accountant, "reopenings", {"day": "2026-11-01", "reason": "late"})

    assert [answer.status_code for answer in (changed, stale, closed, twice, alone)] == [201, 409, 201, 409, 403]
    assert changed.json()["settings"]["fiscal_month"] == 4
    assert alone.json()["code"] == "approval_needed"
    assert [row["locked_until"] for row in accountant.get("/api/v1/accounting/periods/").json()["results"]] == [
        "2026-11-30"
    ]


@pytest.mark.parametrize(
    ("role", "reads", "changes"), [("auditor", 200, 403), ("manager", 200, 403), ("cashier", 403, 403)]
)
def test_others_read_or_see_nothing(shop, role, reads, changes):
    client = signed_in(a_staff_member(shop.merchant, role=role))

    assert client.get("/accounting/").status_code == reads
    assert client.get("/accounting/periods/").status_code == reads
    assert posted(client, "/accounting/periods/close/", until="2026-11-30").status_code == changes
    assert posted(client, "/accounting/accounts/", version="0").status_code == changes
    with acting_for(shop.id):
        assert periods.lock_in_force() is None
        assert not AccountPlan.objects.exists()


def test_a_person_of_one_store_sees_no_books_of_the_whole_merchant(shop):
    client = signed_in(a_staff_member(shop.merchant, role="accountant", stores=[shop.store]))

    assert client.get("/accounting/").status_code == 404
    assert posted(client, "/accounting/periods/close/", until="2026-11-30").status_code == 404
    assert client.get("/api/v1/accounting/files/").status_code == 404
    with acting_for(shop.id):
        assert periods.lock_in_force() is None
