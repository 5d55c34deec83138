"""Coupons for staff: made with plain words for what is wrong, seen with the orders they were used for, ended once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from inventory.pricing import coupons
from inventory.pricing.models import Coupon
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from orders.placing import coupon_queries
from orders.placing.coupon_pages import STATES, state_of
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store
from tests.factories.goods import a_coupon
from tests.factories.orders import an_order

pytestmark = pytest.mark.django_db


def send(client, path="/coupons/new/", **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def all_coupons(merchant):
    with acting_for(merchant.id):
        return list(Coupon.objects.order_by("id"))


def told(merchant, action):
    with acting_for(merchant.id):
        return AuditEntry.objects.filter(action=action).count()


def test_a_coupon_is_made_with_all_its_terms(merchant, manager):
    done = send(
        manager,
        code="autumn10",
        kind="percent",
        percent="12,5",
        minimum="30.00",
        uses_max="500",
        starts_on="2026-12-01",
        ends_on="2026-12-24",
    )

    (coupon,) = all_coupons(merchant)
    zone = ZoneInfo(merchant.zone)
    assert done["Location"] == f"/coupons/{coupon.id}/"
    assert (coupon.code, coupon.percent_basis_points, coupon.minimum_minor, coupon.uses_max) == (
        "AUTUMN10",
        1250,
        3000,
        500,
    )
    assert coupon.starts_at == datetime(2026, 12, 1, tzinfo=zone)
    assert coupon.ends_at == datetime(2026, 12, 25, tzinfo=zone)
    assert told(merchant, "coupon.created") == 1
    assert "AUTUMN10" in manager.get("/coupons/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "x"}, "3 to 40 letters"),
        ({"kind": "gold"}, "choose what the coupon gives"),
        ({"percent": "0"}, "say how much"),
        ({"percent": "110"}, "from 0 to 100"),
        ({"kind": "amount", "amount": "5", "currency": "XXQ"}, "no such currency"),
        ({"kind": "amount", "amount": ""}, "write the amount like 12.50"),
        ({"article": "NOPE"}, "there is no article NOPE"),
        ({"uses_max": "0"}, "from 1 to"),
        ({"starts_on": "2026-12-24", "ends_on": "2026-12-01"}, "before the first"),
        ({"ends_on": "9999-12-31"}, "too far away"),
    ],
)
def test_what_cannot_be_is_said_in_words_and_makes_no_coupon(merchant, manager, fields, words):
    answer = send(manager, **{"code": "AUTUMN", "kind": "percent", "percent": "10", **fields})

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert all_coupons(merchant) == []
    assert told(merchant, "coupon.created") == 0


def test_a_code_that_is_taken_is_refused(merchant, manager):
    a_coupon(merchant, code="AUTUMN")
    answer = send(manager, code="autumn", kind="free_delivery")

    assert answer.status_code == 400
    assert len(all_coupons(merchant)) == 1


def test_each_state_finds_its_coupons_alone(merchant, manager):
    now = machine_now()
    made = {
        "active": a_coupon(merchant),
        "coming": a_coupon(merchant, starts_at=now + timedelta(days=1)),
        "used_up": a_coupon(merchant, uses_max=1),
        "over": a_coupon(merchant, ends_at=now - timedelta(days=1)),
        "ended": a_coupon(merchant),
    }
    with acting_for(merchant.id):
        Coupon.objects.filter(id=made["used_up"].id).update(used=1)
        Coupon.objects.filter(id=made["ended"].id).update(is_active=False)

    for state in STATES:
        with acting_for(merchant.id):
            found = list(coupon_queries.find_coupons(states=[state], now=now))
            assert [(row.id, state_of(row, now)) for row in found] == [(made[state].id, state)]
        page = manager.get("/coupons/", {"status": state}).content.decode()
        assert page.count('data-href="') == 1


def test_a_coupon_shows_its_orders_and_hides_those_of_places_one_does_not_see(merchant, manager):
    coupon, store, elsewhere = a_coupon(merchant), a_store(merchant), a_store(merchant)
    here, there = an_order(merchant, store_id=store.id), an_order(merchant, store_id=elsewhere.id)
    with acting_for(merchant.id):
        for order in (here, there):
            coupons.use(code=coupon.code, order_id=order.id, customer_key="", now=machine_now())
        coupons.give_back(order_id=there.id, now=machine_now())
    of_one_store = signed_in(a_staff_member(merchant, role="manager", stores=[store]))

    whole = manager.get(f"/coupons/{coupon.id}/").content.decode()
    assert f'href="/orders/{here.id}/"' in whole
    assert f'href="/orders/{there.id}/"' in whole
    part = of_one_store.get(f"/coupons/{coupon.id}/").content.decode()
    assert f'href="/orders/{here.id}/"' in part
    assert str(there.id) not in part
    assert "1 more order is in a place you do not see" in part


def test_a_coupon_is_ended_once_and_orders_keep_it(merchant, manager):
    coupon = a_coupon(merchant)
    for _press in range(2):
        assert send(manager, f"/coupons/{coupon.id}/end/").status_code == 302

    assert not all_coupons(merchant)[0].is_active
    assert told(merchant, "coupon.ended") == 1
    assert "End the coupon" not in manager.get(f"/coupons/{coupon.id}/").content.decode()


def test_who_only_reads_changes_nothing_and_others_coupons_do_not_exist(merchant):
    coupon, foreign = a_coupon(merchant), a_coupon(a_merchant())
    cashier = signed_in(a_staff_member(merchant, role="cashier"))

    assert send(cashier, code="MINE", kind="free_delivery").status_code == 403
    assert send(cashier, f"/coupons/{coupon.id}/end/").status_code == 403
    assert cashier.get(f"/coupons/{foreign.id}/").status_code == 404
    assert [row.is_active for row in all_coupons(merchant)] == [True]
