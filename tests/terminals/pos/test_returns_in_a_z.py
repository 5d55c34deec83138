"""What a Z says of sales that arrive late, of exchanges, and of goods without a receipt."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from merchant.core.clock import business_now
from merchant.core.tenancy import acting_for
from orders.order.models import OrderLine
from payments.after_sales import rules
from terminals.pos import offline_rules
from tests.clients import with_device
from tests.factories import a_device
from tests.factories.counter import Counter

pytestmark = pytest.mark.django_db


class Tablet:
    """A tablet at a counter that may sell offline and take goods back."""

    def __init__(self, settings: Any) -> None:
        settings.CALLER_REQUESTS_PER_SECOND = 100_000
        self.counter = Counter()
        self.client = with_device(a_device(self.counter.shop.register)[1])
        self.mug, self.cap = self.counter.shop.variants
        with self.counter.scope():
            now = business_now(self.counter.shop.id)
            offline_rules.set_rules(store_id=None, changes={"is_allowed": True}, now=now)
            changes = {"day_limits": {"register": None}, "cash_max_minor": 100_000}
            rules.set_rules(store_id=None, changes=changes, now=now)

    def post(self, path: str, body: Any) -> Any:
        answer = self.client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
        )
        assert answer.status_code < 300, answer.content
        return answer.json()

    def line_of(self, order_id: str) -> str:
        with acting_for(self.counter.shop.id):
            return str(OrderLine.objects.get(order_id=order_id).id)

    def exchange(self, order_id: str, article: Any, quantity: int = 1) -> Any:
        body = {
            "back": [{"line_id": self.line_of(order_id), "quantity": 1}], "reason": "size", "settling": {"method": "cash"},
            "basket": {"lines": [{"article": article.sku, "quantity": quantity}]},
        }  # fmt: skip
        return self.post(f"orders/{order_id}/exchanges/", body)


@pytest.fixture
def tablet(settings: Any, shared_cache: None) -> Tablet:
    return Tablet(settings)


def tenders(figures: Any) -> dict[str, int]:
    return {tender.method: tender.net_minor for tender in figures.tenders}


def test_an_offline_sale_that_arrives_after_the_z_joins_the_next_with_its_own_date(tablet: Tablet) -> None:
    counter = tablet.counter
    sold_at = business_now(counter.shop.id) - timedelta(days=1)
    first = counter.close(counter.open(0))
    second_shift = counter.open(0)
    body = {
        "lines": [{"article": tablet.mug.sku, "quantity": 1, "total_minor": 1250}],
        "tenders": [{"method": "cash", "amount_minor": 1250}], "sold_at": sold_at.isoformat(), "receipt_number": 1,
    }  # fmt: skip

    landed = tablet.post("till/batch/", {"operations": [{"key": "k", "path": "offline-sales/", "body": body}]})
    second = counter.close(second_shift)

    done = landed["results"][0]["body"]
    assert (first.sales_minor, second.sales_minor, second.number) == (0, 1250, 2)
    [late] = second.content["figures"]["late"]
    assert (late["business_date"], late["number"], late["minor"]) == (done["business_date"], 1, 1250)
    assert done["business_date"] < str(second.business_date)
    assert counter.violations() == []


def test_an_exchange_moves_the_drawer_by_the_difference_alone(tablet: Tablet) -> None:
    counter = tablet.counter
    shift = counter.open(0)
    sale = tablet.post("sales/", {"lines": [{"article": tablet.mug.sku}], "tendered_minor": 1250})
    even = tablet.exchange(sale["order"]["id"], tablet.cap)
    assert (counter.holds(), tenders(counter.figures())) == (1250, {"cash": 1250, "exchange": 0})

    dearer = tablet.exchange(even["order"]["id"], tablet.mug, 2)

    found = counter.figures()
    assert (counter.holds(), tenders(found)) == (2500, {"cash": 2500, "exchange": 0})
    assert (found.sales_minor, found.returns, found.returns_minor) == (5000, 2, 2500)
    z = counter.close(shift)
    assert (z.sales_minor, z.returns_minor, z.closing_cash_minor) == (5000, 2500, 0)
    shift = counter.open(2500)
    lines = [{"line_id": tablet.line_of(dearer["order"]["id"]), "quantity": 1}]
    tablet.post(f"orders/{dearer['order']['id']}/returns/", {"lines": lines, "reason": "wish"})
    assert tenders(counter.figures()) == {"cash": -1250, "exchange": 0}
    assert counter.close(shift).returns_minor == 1250
    assert counter.violations() == []


def test_goods_without_a_receipt_leave_the_drawer_and_stand_in_the_z(tablet: Tablet) -> None:
    counter = tablet.counter
    shift = counter.open(5000)

    tablet.post("loose-returns/", {"lines": [{"article": tablet.mug.sku}], "reason": "gift", "payout": "cash"})
    tablet.post("loose-returns/", {"lines": [{"article": tablet.mug.sku}], "reason": "gift"})

    found = counter.figures()
    assert (counter.holds(), tenders(found)) == (3750, {"cash": -1250, "store_credit": -1250})
    assert (found.returns, found.returns_minor, [tax.returns_minor for tax in found.taxes]) == (2, 2500, [2500])
    z = counter.close(shift)
    assert (z.returns_minor, z.refunds_minor) == (2500, 2500)
    assert counter.violations() == []
