"""Discounts at the counter: who may give how much, that no cent is lost, and that every line's tax is right afterwards."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from merchant.accounts import callers, discount_limits
from merchant.accounts.approvals.models import Approval
from merchant.accounts.discount_limits import Limit
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.ledger import queries as ledger
from orders.order.models import Order, OrderDiscount, OrderLine
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1000, 2500, 333))


def discount(counter, order, version=None, **given):
    body = {"reason": "scratched", "version": version or order["version"]} | given
    return counter.left.post(f"orders/{order['id']}/discounts/", body)


def test_an_order_discount_is_spread_to_the_last_cent_and_each_lines_tax_follows(counter):
    order = counter.begin()
    done = discount(counter, order, amount_minor=100)

    body = done.json()
    assert done.status_code == 201, done.content
    assert [line["discount_minor"] for line in body["lines"]] == [26, 65, 9]
    assert [line["total_minor"] for line in body["lines"]] == [974, 2435, 324]
    assert [line["tax_minor"] for line in body["lines"]] == [156, 389, 52]
    assert (body["total"]["amount_minor"], body["tax"]["amount_minor"], body["discount"]["amount_minor"]) == (
        3733,
        597,
        100,
    )


def test_a_line_discount_leaves_the_other_lines_alone(counter):
    order = counter.begin()
    done = discount(counter, order, line_id=order["lines"][1]["id"], percent_basis_points=1000).json()

    assert [line["total_minor"] for line in done["lines"]] == [1000, 2250, 333]
    assert done["discounts"][0]["off"]["amount_minor"] == 250


def test_discounts_hold_when_the_tablet_sends_its_lines_anew(counter):
    order = counter.begin()
    first = discount(counter, order, line_id=order["lines"][0]["id"], percent_basis_points=1000).json()
    second = discount(counter, order, version=first["version"], percent_basis_points=500).json()
    wanted = [*counter.lines(1, 2), {"article": counter.goods[2].sku, "quantity": 1}]
    counter.left.post(f"orders/{order['id']}/lines/", {"lines": wanted, "version": second["version"]})
    shown = counter.left.get(f"orders/{order['id']}/discounts/").json()

    # 10.00 - 1.00, 50.00, 3.33: 62.33 less 5 %.
    assert (shown["total"]["amount_minor"], shown["discount"]["amount_minor"]) == (5921, 412)
    assert [row["off"]["amount_minor"] for row in shown["discounts"]] == [100, 312]


def test_a_discount_that_is_taken_back_leaves_no_trace_in_the_price(counter):
    order = counter.begin()
    given = discount(counter, order, percent_basis_points=1000).json()
    path = f"orders/{order['id']}/discounts/{given['discounts'][0]['id']}/removals/"
    back = counter.left.post(path, {"version": given["version"]}).json()
    again = counter.left.post(path, {"version": given["version"]})

    assert (back["total"], back["tax"], back["discounts"]) == (order["total"], order["tax"], [])
    assert again.status_code == 200
    with counter.scope():
        assert OrderDiscount.objects.get().ended_at is not None


def test_beyond_the_tills_limit_an_approval_is_needed_and_used_up(counter):
    owner = a_staff_member(counter.merchant, role="manager")
    order = counter.begin()
    refused = discount(counter, order, percent_basis_points=1001)
    needed = refused.json()["data"]
    with counter.scope():
        assert not OrderDiscount.objects.exists()
        assert Order.objects.get().total_minor == 3833
    asked = counter.left.post(
        "approvals/",
        {name: needed[name] for name in ("right", "subject", "amount", "store_id")} | {"reason": "scratched"},
    ).json()
    signed_in(owner).post(
        f"/api/v1/approvals/{asked['id']}/grants/",
        json.dumps({}),
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=str(uuid4()),
    )
    done = discount(counter, order, percent_basis_points=1001, approval_id=asked["id"])
    twice = discount(
        counter, order, version=done.json().get("version"), percent_basis_points=1001, approval_id=asked["id"]
    )

    assert (refused.status_code, refused.json()["code"], needed["right"]) == (
        403,
        "approval_needed",
        "discount.approve",
    )
    assert done.status_code == 201, done.content
    assert twice.json()["code"] == "approval_needed"
    with counter.scope():
        assert Approval.objects.get().status == "used"
        assert OrderDiscount.objects.count() == 1


def limited(counter, limit):
    with counter.scope():
        discount_limits.set_limits(changes={"register": limit}, now=machine_now())


def test_the_merchant_sets_another_part_and_it_holds_at_once(counter):
    order = counter.begin()
    limited(counter, Limit(500))
    refused = discount(counter, order, percent_basis_points=510)
    done = discount(counter, order, percent_basis_points=500)

    assert (refused.status_code, refused.json()["code"], done.status_code) == (403, "approval_needed", 201)


def test_an_amount_limits_all_discounts_of_an_order_together(counter):
    order = counter.begin()
    limited(counter, Limit(amount_minor=300))
    first = discount(counter, order, line_id=order["lines"][0]["id"], amount_minor=200).json()
    beyond = discount(counter, order, version=first["version"], amount_minor=101)
    with counter.scope():
        assert Order.objects.get().discount_minor == 200
    within = discount(counter, order, version=first["version"], amount_minor=100)

    assert (beyond.status_code, beyond.json()["code"]) == (403, "approval_needed")
    assert within.json()["discount"]["amount_minor"] == 300


def test_without_a_limit_a_tablet_gives_any_discount(counter):
    order = counter.begin()
    limited(counter, Limit())

    assert discount(counter, order, percent_basis_points=9000).status_code == 201


def test_small_discounts_do_not_add_up_past_the_limit(counter):
    order = counter.begin()
    first = discount(counter, order, percent_basis_points=1000).json()
    second = discount(counter, order, version=first["version"], amount_minor=1)

    assert second.json()["code"] == "approval_needed"


def test_on_one_line_the_limit_is_that_lines(counter):
    order = counter.begin()
    refused = discount(counter, order, line_id=order["lines"][2]["id"], percent_basis_points=2000)

    assert refused.json()["code"] == "approval_needed"


def test_a_manager_gives_more_in_the_back_office_and_a_key_or_an_accountant_none(counter):
    order = counter.begin()
    body = json.dumps({"percent_basis_points": 5000, "reason": "goodwill", "version": 1})

    def post(member):
        return signed_in(member).post(
            f"/api/v1/orders/{order['id']}/discounts/",
            body,
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    refused = post(a_staff_member(counter.merchant, role="accountant"))
    done = post(a_staff_member(counter.merchant, role="manager"))

    assert (refused.status_code, done.status_code) == (403, 201)
    with counter.scope():
        entry = AuditEntry.objects.get(action="order.discounted")
        assert entry.data["reason"] == "goodwill"
        assert entry.data["off_minor"] == 1917


def test_once_money_is_there_prices_are_fixed(counter):
    order = counter.begin()
    paid = counter.left.pay_cash(order["id"], 500).json()
    refused = discount(counter, order, version=paid["order"]["version"], percent_basis_points=500)

    assert refused.json()["code"] == "discount_too_late"
    with counter.scope():
        assert Order.objects.get().total_minor == 3833


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"percent_basis_points": 500, "amount_minor": 5}, "invalid_request"),
        ({}, "invalid_request"),
        ({"percent_basis_points": 500, "reason": ""}, "invalid_request"),
        ({"percent_basis_points": 500, "version": 9}, "order_changed"),
        ({"percent_basis_points": 500, "line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"}, "not_found"),
    ],
)
def test_a_discount_that_cannot_be_given_changes_nothing(counter, given, code):
    order = counter.begin()
    refused = discount(counter, order, **given)

    assert refused.json()["code"] == code
    with counter.scope():
        assert not OrderDiscount.objects.exists()
        assert Order.objects.get().total_minor == 3833


def test_what_is_booked_and_printed_is_the_reduced_price(counter):
    order = counter.begin()
    discount(counter, order, percent_basis_points=1000)
    with counter.scope():
        total = Order.objects.get().total_minor
        tax = sum(OrderLine.objects.values_list("tax_minor", flat=True))
    paid = counter.left.pay_cash(order["id"], total)

    assert paid.status_code == 201, paid.content
    with counter.scope():
        assert ledger.balance("vat_payable") == {"EUR": -tax}
        assert ledger.balance("cash_register") == {"EUR": total} == {"EUR": 3450}
        assert ledger.balance("receivable") == {}


def test_staff_see_what_was_taken_off_by_whom_and_why(counter):
    order = counter.begin()
    discount(counter, order, percent_basis_points=1000)
    page = signed_in(a_staff_member(counter.merchant, role="manager")).get(f"/orders/{order['id']}/").content.decode()

    assert "scratched" in page
    assert "3.83" in page


def test_an_amount_that_was_little_of_much_ends_when_little_is_left(counter):
    order = counter.begin()
    given = discount(counter, order, amount_minor=333).json()
    body = {"lines": counter.lines(0, 0, 1), "version": given["version"]}
    anew = counter.left.post(f"orders/{order['id']}/lines/", body)

    assert anew.status_code == 200, anew.content
    with counter.scope():
        assert Order.objects.get().total_minor == 333
        assert OrderDiscount.objects.get().ended_at is not None
        assert AuditEntry.objects.filter(action="order.discount_outgrown").count() == 1


def test_a_part_of_little_ends_when_of_much_it_is_more_than_the_amount_its_giver_may_take_off(counter):
    with counter.scope():
        discount_limits.set_limits(changes={"register": Limit(None, 100)}, now=machine_now())
    order = counter.begin(None, 0, 0, 1)
    given = discount(counter, order, percent_basis_points=1000)
    assert given.status_code == 201, given.content
    anew = counter.left.post(
        f"orders/{order['id']}/lines/", {"lines": counter.lines(1, 1, 1), "version": given.json()["version"]}
    )

    assert anew.status_code == 200, anew.content
    with counter.scope():
        assert OrderDiscount.objects.get().ended_at is not None
        assert sum(OrderLine.objects.values_list("staff_discount_minor", flat=True)) == 0


def test_an_approval_for_a_part_of_little_is_none_for_the_same_part_of_much(counter):
    manager = a_staff_member(counter.merchant, role="manager")
    order = counter.begin(None, 0, 0, 1)
    needed = discount(counter, order, percent_basis_points=5000).json()["data"]
    wish = {name: needed[name] for name in ("right", "subject", "amount", "store_id")} | {"reason": "scratched"}
    asked = counter.left.post("approvals/", wish).json()
    url = f"/api/v1/approvals/{asked['id']}/grants/"
    signed_in(manager).post(url, json.dumps({}), content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4()))
    given = discount(counter, order, percent_basis_points=5000, approval_id=asked["id"]).json()
    anew = counter.left.post(f"orders/{order['id']}/lines/", {"lines": counter.lines(), "version": given["version"]})

    assert anew.status_code == 200, anew.content
    with counter.scope():
        assert Order.objects.get().total_minor == 3833
