"""A card that was sold goes over the counter on paper: its code to read and to scan, for a day, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.audit.models import AuditEntry
from payments.vouchers.models import Voucher
from payments.vouchers.papers import grouped
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.payments.vouchers.test_life import Till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(shared_cache: None) -> Till:
    return Till()


def test_a_sold_card_is_printed_with_its_code_in_every_form_and_each_time_is_recorded(till: Till) -> None:
    order_id = till.sell(3000)
    [card] = till.client.get(f"/api/v1/orders/{order_id}/vouchers/").json()["results"]

    page, pdf, bytes_ = (till.client.get(card["papers"][kind]) for kind in ("html", "pdf", "escpos"))

    text = page.content.decode()
    assert grouped(card["code"]) in text and "30.00" in text and "<svg" in text and "Last valid day" in text
    assert pdf.content.startswith(b"%PDF") and card["code"].encode() in bytes_.content
    assert page["Cache-Control"] == "private, no-store"
    assert AuditEntry.across_merchants.filter(action="voucher.printed").count() == 3
    [shown] = AuditEntry.across_merchants.filter(action="voucher.code_shown")
    assert (shown.subject, shown.actor_kind) == (f"voucher:{card['id']}", "register")


def test_a_day_later_the_code_is_shown_to_who_manages_cards_alone(till: Till) -> None:
    order_id = till.sell(3000)
    card = Voucher.across_merchants.get()
    Voucher.across_merchants.update(created_at=card.created_at - timedelta(hours=25))
    address = f"/api/v1/orders/{order_id}/vouchers/{card.id}/card.html"
    manager = signed_in(a_staff_member(till.shop.merchant, role="owner"))

    listed, refused = till.client.get(f"/api/v1/orders/{order_id}/vouchers/"), till.client.get(address)

    assert [row["code"] for row in listed.json()["results"]] == [""]
    assert (refused.status_code, refused.json()["code"]) == (403, "code_not_shown")
    assert not AuditEntry.across_merchants.filter(action__in=["voucher.printed", "voucher.code_shown"]).exists()
    assert manager.get(address).status_code == 200


def test_no_paper_of_another_orders_card_or_for_another_merchant(till: Till) -> None:
    order_id, other_id = till.sell(3000), till.sell(1000)
    [card] = till.client.get(f"/api/v1/orders/{order_id}/vouchers/").json()["results"]
    stranger = signed_in(a_staff_member(a_merchant(), role="owner"))

    crossed = till.client.get(card["papers"]["html"].replace(order_id, other_id))

    assert (crossed.status_code, stranger.get(card["papers"]["html"]).status_code) == (404, 404)
