"""Home: its figures are the payments', its boxes open the rows they add up, and each person sees only what is theirs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from merchant.core import db
from merchant.core.clock import business_date, business_now
from merchant.core.outbox.readers import Reader
from merchant.core.pages import frame
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.reconciliation.models import Deviation
from payments.records.models import Payment
from reports.overview import live, need_queries, queries
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member, a_store, papers
from tests.factories.orders import a_gateway_account
from tests.factories.settled import an_authorised_payment

pytestmark = pytest.mark.django_db
STATEMENTS_MAX = 12
OVERPAID = "ord.secured_minor > ord.refunded_minor + CASE WHEN ord.status = 'cancelled' THEN 0 ELSE ord.total_minor END"


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    frame.forget()
    queries.forget()


@pytest.fixture
def shop():
    return a_shop()


def text(client, path="/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"<[^>]+>", "", answer.content.decode())


def test_takings_are_what_the_payments_of_the_day_come_to(shop):
    shop.sell(1)
    shop.sell(2, 1)

    page = text(signed_in(a_staff_member(shop.merchant)))

    assert "50.00" in page
    with acting_for(shop.merchant.id):
        assert sum(Payment.objects.values_list("captured_minor", flat=True)) == 5000


def test_takings_of_another_store_are_not_counted(shop):
    shop.sell(2)
    other = a_store(shop.merchant, name="Uppsala")

    page = text(signed_in(a_staff_member(shop.merchant, role="manager", stores=[other])))

    assert "25.00" not in page
    assert "Uppsala" in page


def test_home_costs_few_statements(shop):
    shop.sell(1)
    client = signed_in(a_staff_member(shop.merchant))
    client.get("/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/")

    assert len(captured) <= STATEMENTS_MAX


def test_a_cashier_sees_no_figures(shop):
    shop.sell(2)

    page = text(signed_in(a_staff_member(shop.merchant, role="cashier")))

    assert "25.00" not in page
    assert "Net takings" not in page


def test_an_open_exception_needs_somebody_and_counts_in_the_rail(shop):
    papers.a_deviation(shop.merchant)
    owner = signed_in(a_staff_member(shop.merchant))

    page = text(owner)

    assert "in 1 exception" in page
    with acting_for(shop.merchant.id):
        caller = owner.get("/").wsgi_request.find_caller()
        assert need_queries.count_needs(caller)["reconciliation"] == 1


def test_an_exception_that_waits_needs_nobody_before_its_day(shop):
    papers.a_deviation(shop.merchant)
    owner = signed_in(a_staff_member(shop.merchant))
    with acting_for(shop.merchant.id):
        caller = owner.get("/").wsgi_request.find_caller()
        today = business_now(shop.merchant.id).date()

        def counted_when_waiting_until(day):
            Deviation.objects.update(snoozed_until=day)
            counts = need_queries.count_needs(caller)
            return counts["reconciliation"], counts["home"]

        assert counted_when_waiting_until(today + timedelta(days=2)) == (0, 0)
        assert "in 1 exception" not in text(owner)
        assert counted_when_waiting_until(today - timedelta(days=1)) == (1, 1)
    assert "in 1 exception" in text(owner)


def test_the_badge_counts_what_home_shows_to_this_person(shop):
    papers.a_deviation(shop.merchant)
    owner, cashier = (signed_in(a_staff_member(shop.merchant, role=role)) for role in ("owner", "cashier"))

    for client, number in ((owner, 1), (cashier, 0)):
        answer = client.get("/")
        with acting_for(shop.merchant.id):
            assert need_queries.count_needs(answer.wsgi_request.find_caller())["home"] == number
        page = re.sub(r"<[^>]+>", "", answer.content.decode())
        assert ("Nothing needs a person right now." in page) is not bool(number)


def test_nothing_is_compared_with_a_day_on_which_nothing_was_taken(shop):
    shop.sell(1)
    client = signed_in(a_staff_member(shop.merchant))
    assert "compared with" not in text(client)

    with acting_for(shop.merchant.id):
        # A minute earlier: hours are compared in whole seconds.
        earlier = timedelta(days=7)
        Payment.objects.update(
            business_date=F("business_date") - earlier, created_at=F("created_at") - earlier - timedelta(minutes=1)
        )
    shop.sell(1)
    queries.forget()

    assert "compared with" in text(client)


def test_an_average_is_rounded_and_not_cut(shop):
    for pieces in (1, 1, 2):
        shop.sell(pieces)

    page = text(signed_in(a_staff_member(shop.merchant)))

    assert "16.67" in page
    assert "16.66" not in page


def test_orders_that_were_paid_twice_are_found_by_an_index_of_their_own(shop):
    with acting_for(shop.merchant.id):
        db.execute("SET LOCAL enable_seqscan = off")
        statement = f"EXPLAIN SELECT FROM order_order ord WHERE ord.merchant_id = %s AND {OVERPAID}"
        plan = "\n".join(line for (line,) in db.rows(statement, [shop.merchant.id]))

    assert OVERPAID in need_queries._NEEDS["payment.read"]
    assert "order_overpaid" in plan


def test_where_the_money_is_is_looked_at_once_in_ten_seconds(shop):
    since, narrowed = business_now(shop.merchant.id).date() - timedelta(days=30), queries.Narrowed()
    with acting_for(shop.merchant.id), CaptureQueriesContext(connection) as captured:
        first = queries.list_flow(narrowed, since=since, methods=["cash"])
        shop.sell(1)
        again = queries.list_flow(narrowed, since=since, methods=["cash"])
        queries.forget()
        later = queries.list_flow(narrowed, since=since, methods=["cash"])

    assert first == again == []
    assert [(row["number"], row["minor"]) for row in later] == [(1, 1250)]
    assert sum("payment_stage_carried" in query["sql"] for query in captured.captured_queries) == 2


def test_every_kind_of_need_has_words(shop):
    papers.a_terminal(shop.merchant)
    papers.a_payout(shop.merchant)
    merchant = shop.merchant
    with acting_for(merchant.id):
        today = business_date(business_now(merchant.id), zone=merchant.zone, cutoff=merchant.day_cutoff)
        rows = need_queries.list_needs(
            queries.Narrowed(), rights=frozenset(need_queries._NEEDS), today=today, now=business_now(merchant.id)
        )

    assert all(row["kind"] for row in rows)


def test_boxes_are_drawn_for_whom_somebody_watches_at_most_once_a_second(shop, monkeypatch):
    drawn = []
    monkeypatch.setattr(live, "push_home", lambda *asked: drawn.append(asked))
    readers = frozenset({Reader("de", is_masked=True), Reader("de", is_masked=False)})
    monkeypatch.setattr(live.screens, "list_readers", lambda: {shop.merchant.id: readers})
    boxes = live.HomeBoxes()

    for _ in range(3):
        boxes.draw()

    assert drawn == [(shop.merchant.id, {"de"})]


def test_the_boxes_are_one_message_in_each_language_for_people_of_all_stores(shop, monkeypatch):
    shop.sell(1)
    sent = []
    monkeypatch.setattr(live.screens, "push", lambda *args, **kwargs: sent.append(kwargs))

    with acting_for(shop.merchant.id):
        live.push_home(shop.merchant.id, {"en", "de"})

    [message] = [one for one in sent if "drawings" in one]
    assert message["store_id"] == live.screens.ALL_STORES
    assert message["drawings"].keys() == {Reader("en"), Reader("de")}
    assert all(f'id="home-{box}"' in html for html in message["drawings"].values() for box in live.BOXES)


def test_what_needs_somebody_is_not_sent_to_all_but_asked_for_by_each(shop, monkeypatch):
    papers.a_payout(shop.merchant)
    sent = []
    monkeypatch.setattr(live.screens, "push", lambda *args, **kwargs: sent.append((args, kwargs)))
    browser = signed_in(a_staff_member(shop.merchant))

    with acting_for(shop.merchant.id):
        live.push_home(shop.merchant.id, {"en"})
    part = browser.get("/", headers={"HX-Request": "true"}).text

    assert [kwargs["event"] for args, kwargs in sent if args[1] == "merchant:inbox"] == [{"kind": "changed"}]
    assert all("home-needs" not in html for _, kwargs in sent for html in kwargs.get("drawings", {}).values())
    assert part.lstrip().startswith('<section class="card needs"')
    assert "<section" not in part.lstrip()[1:]


def test_what_was_asked_lately_counts_also_where_it_began_the_day_before(merchant: Merchant) -> None:
    today = date(2026, 11, 20)
    yesterday, noon = today - timedelta(days=1), datetime(2026, 11, 20, 12, tzinfo=UTC)
    new, old = (a_gateway_account(merchant, name=name) for name in ("New", "Old"))
    an_authorised_payment(new, minor=500, day=today)
    an_authorised_payment(old, minor=500, day=yesterday)

    def told(since: date, lately: datetime) -> list[tuple[str, int, int, int]]:
        with acting_for(merchant.id):
            rows = queries.list_approvals(since=since, today=today, lately=lately)
        return [(row["name"], row["asked"], row["approved"], row["asked_lately"]) for row in rows]

    # Nothing was asked of the old one on the days that are looked at.
    assert told(today, noon - timedelta(days=1, minutes=30)) == [("New", 1, 1, 1)]
    assert told(yesterday, noon - timedelta(days=1, minutes=30)) == [("New", 1, 1, 1), ("Old", 1, 1, 1)]
    assert told(yesterday, noon - timedelta(minutes=30)) == [("New", 1, 1, 1), ("Old", 1, 1, 0)]
    assert told(yesterday, noon + timedelta(minutes=30)) == [("New", 1, 1, 0), ("Old", 1, 1, 0)]
