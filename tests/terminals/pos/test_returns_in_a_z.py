"""What a Z says of sales that arrive late, of exchanges, and of goods without a receipt."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from merchant.core.clock import business_now
from merchant.core.tenancy import acting_for
from orders.order.models import OrderLine
from payments.after_sales import rules
from terminals.pos import offline_rules
from terminals.pos.shifts import drawing, papers
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


def test_a_z_explains_why_it_has_more_numbers_than_receipts_and_which_papers_have_another(tablet: Tablet) -> None:
    counter = tablet.counter
    shift = counter.open(5000)
    sale = tablet.post("sales/", {"lines": [{"article": tablet.mug.sku}], "tendered_minor": 1250})
    lines = [{"line_id": tablet.line_of(sale["order"]["id"]), "quantity": 1}]
    tablet.post(f"orders/{sale['order']['id']}/returns/", {"lines": lines, "reason": "wish"})
    # Printed as 1, which the sale above has; and one as the number it gets.
    for key, printed in (("a", 1), ("b", 4)):
        body = {
            "lines": [{"article": tablet.mug.sku, "quantity": 1, "total_minor": 1250}],
            "tenders": [{"method": "cash", "amount_minor": 1250}], "receipt_number": printed,
            "sold_at": business_now(counter.shop.id).isoformat(),
        }  # fmt: skip
        tablet.post("till/batch/", {"operations": [{"key": key, "path": "offline-sales/", "body": body}]})

    z = counter.close(shift)

    said = z.content["figures"]
    assert (z.receipts_after, z.receipts_until) == (said["numbers_after"], said["numbers_until"]) == (0, 4)
    assert (said["receipts"], said["other_papers"], said["renumbered"]) == (3, 1, 1)
    with counter.scope():
        page = {fact.label: fact for fact in drawing.closing_page(z).facts}["Numbers given"]
        html, pdf, printer = (papers.render_closing(z, format_=kind).body for kind in ("html", "pdf", "escpos"))
    assert page.value == "1 – 4"
    assert page.note == (
        "4 numbers = 3 receipts + 1 paper of returns or refunds; 1 receipt was printed without a connection under another number and names both"
    )
    printed = " ".join(re.sub(r"[\x1b\x1d]..", " ", printer.decode("cp858", "replace"), flags=re.DOTALL).split())
    for text in (re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode())), printed):
        rows = r"1 [–-] 4 4 Receipts of sales 3 Papers of returns and refunds 1 Printed under another number"
        assert re.search(rf"{rows} (without a connection; each names both numbers )?1 ", text), text
    assert pdf.startswith(b"%PDF")


def test_a_z_that_did_not_count_other_papers_explains_its_numbers_all_the_same_and_one_without_any_says_nothing(
    tablet: Tablet,
) -> None:
    counter = tablet.counter
    shift = counter.open(5000)
    sale = tablet.post("sales/", {"lines": [{"article": tablet.mug.sku}], "tendered_minor": 1250})
    plain = counter.close(shift)
    shift = counter.open(5000)
    lines = [{"line_id": tablet.line_of(sale["order"]["id"]), "quantity": 1}]
    tablet.post(f"orders/{sale['order']['id']}/returns/", {"lines": lines, "reason": "wish"})
    earlier = counter.close(shift)
    for name in ("numbers_after", "numbers_until", "other_papers", "renumbered"):
        del earlier.content["figures"][name]

    with counter.scope():
        notes = [
            [fact.note for fact in drawing.closing_page(z).facts if fact.label == "Numbers given"]
            for z in (plain, earlier)
        ]
        written = [b"Papers of returns" in papers.render_closing(z, format_="html").body for z in (plain, earlier)]

    assert notes == [[], ["1 number = 0 receipts + 1 paper of returns or refunds"]]
    assert written == [False, True]
