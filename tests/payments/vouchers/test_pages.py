"""Gift cards for staff: found by the end of their code, their sum proven by the books, blocked with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.vouchers import queries, services
from payments.vouchers.models import Voucher
from reports.exports import services as exports
from reports.exports.services import ExportOrder
from tests.clients import send, signed_in
from tests.factories import a_merchant, a_staff_member
from tests.factories.orders import an_order
from tests.factories.papers import a_voucher

pytestmark = pytest.mark.django_db


def stored(merchant, voucher):
    with acting_for(merchant.id):
        return Voucher.objects.get(id=voucher.id)


def a_card_in(merchant, state):
    voucher = a_voucher(merchant)
    with acting_for(merchant.id), transaction.atomic():
        rows = Voucher.objects.filter(id=voucher.id)
        if state == "blocked":
            services.block(voucher_id=voucher.id, reason="lost", now=machine_now())
        if state == "expired":
            rows.update(expires_at=machine_now() - timedelta(days=1))
        if state == "empty":
            services.redeem(
                code=services.code_of(voucher),
                amount=Money(5000, "EUR"),
                order_id=uuid4(),
                source="order:x",
                now=machine_now(),
            )
    return voucher


def test_each_state_finds_its_cards_alone_on_the_page_as_in_the_file(merchant, manager):
    cards = {state: a_card_in(merchant, state) for state in queries.STATES}

    for state, card in cards.items():
        page = manager.get("/gift-cards/", {"status": state}).content.decode()
        shown = {name for name, other in cards.items() if f"/gift-cards/{other.id}/" in page}
        assert shown == {state}
        with acting_for(merchant.id):
            found = list(queries.find_vouchers(queries.read_filters({"status": state})))
            assert [queries.state_of(row, machine_now()) for row in found] == [state]
            assert found[0].id == card.id


def test_a_card_tells_its_last_valid_day_and_no_hour(merchant, manager):
    voucher = a_voucher(merchant)
    with acting_for(merchant.id):
        Voucher.objects.filter(id=voucher.id).update(expires_at=datetime(2030, 1, 1, tzinfo=ZoneInfo(merchant.zone)))

    pages = [manager.get(path).content.decode() for path in ("/gift-cards/", f"/gift-cards/{voucher.id}/")]

    assert all("31 Dec 2029" in page and "1 Jan 2030" not in page for page in pages)


def test_a_card_is_found_by_its_end_and_a_whole_code_never_stays_in_the_address(merchant, manager):
    voucher, other = a_voucher(merchant), a_voucher(merchant)
    with acting_for(merchant.id):
        code = services.code_of(voucher)

    answer = manager.get("/gift-cards/", {"q": code})
    assert (answer.status_code, answer["Location"]) == (302, f"/gift-cards/?q={code[-4:]}")
    page = manager.get(answer["Location"]).content.decode()
    assert f"/gift-cards/{voucher.id}/" in page
    assert f"/gift-cards/{other.id}/" not in page
    for path in ("/gift-cards/", f"/gift-cards/{voucher.id}/"):
        assert code not in manager.get(path).content.decode()


def test_what_is_owed_is_what_the_books_say_and_a_difference_is_shown(merchant, manager):
    a_voucher(merchant, minor=5000)
    a_voucher(merchant, minor=1250)

    page = manager.get("/gift-cards/").content.decode()
    with acting_for(merchant.id):
        assert ledger.balance("voucher_liability") == {"EUR": -6250}
        assert [(row.cards_minor, row.is_proven) for row in queries.liabilities()] == [(6250, True)]
        Voucher.objects.filter(balance_minor=1250).update(balance_minor=1000)
    assert "62.50" in page
    assert "do not agree" not in page
    broken = manager.get("/gift-cards/").content.decode()
    assert "do not agree" in broken
    assert "2.50" in broken


def test_movements_say_why_and_lead_to_their_order(merchant, manager):
    voucher, order = a_voucher(merchant), an_order(merchant)
    with acting_for(merchant.id):
        services.redeem(
            code=services.code_of(voucher),
            amount=Money(2000, "EUR"),
            order_id=order.id,
            source=f"order:{order.id}:REF",
            now=machine_now(),
        )

    page = manager.get(f"/gift-cards/{voucher.id}/").content.decode()
    assert "Paid with" in page
    assert "−" in page
    assert f'href="/orders/{order.id}/"' in page


def test_a_card_is_blocked_and_opened_again_with_a_reason(merchant, manager):
    voucher = a_voucher(merchant)
    path = f"/gift-cards/{voucher.id}/"

    refused = send(manager, f"{path}block/", reason="  ")
    assert (refused.status_code, stored(merchant, voucher).blocked_at) == (400, None)
    assert send(manager, f"{path}block/", reason="lost on the bus").status_code == 302
    assert stored(merchant, voucher).block_reason == "lost on the bus"
    assert "lost on the bus" in manager.get(path).content.decode()
    send(manager, f"{path}unblock/", reason="found again")

    assert (stored(merchant, voucher).blocked_at, stored(merchant, voucher).balance_minor) == (None, 5000)
    with acting_for(merchant.id):
        told = AuditEntry.objects.filter(subject=f"voucher:{voucher.id}").order_by("id")
        assert [(row.action, row.data.get("reason")) for row in told][1:] == [
            ("voucher.blocked", "lost on the bus"),
            ("voucher.unblocked", "found again"),
        ]


def test_who_only_reads_blocks_nothing_and_a_cashier_does_not_see_the_list(merchant):
    voucher = a_voucher(merchant)
    auditor = signed_in(a_staff_member(merchant, role="auditor"))
    cashier = signed_in(a_staff_member(merchant, role="cashier"))

    assert "Block the card" not in auditor.get(f"/gift-cards/{voucher.id}/").content.decode()
    assert send(auditor, f"/gift-cards/{voucher.id}/block/", reason="x").status_code == 403
    assert cashier.get("/gift-cards/").status_code == 403
    assert stored(merchant, voucher).blocked_at is None


def test_another_merchants_card_does_not_exist(merchant, manager):
    foreign = a_voucher(a_merchant())

    assert manager.get(f"/gift-cards/{foreign.id}/").status_code == 404
    assert send(manager, f"/gift-cards/{foreign.id}/block/", reason="x").status_code == 404
    assert f"/gift-cards/{foreign.id}/" not in manager.get("/gift-cards/").content.decode()


def test_pages_follow_each_other_without_a_gap(merchant, manager):
    for _ in range(55):
        a_voucher(merchant, minor=100)

    first = manager.get("/gift-cards/").content.decode()
    assert first.count('data-href="') == 50
    after = first.split("?after=")[1].split('"')[0]
    assert manager.get("/gift-cards/", {"after": after}).content.decode().count('data-href="') == 5


@pytest.mark.django_db(transaction=True)
def test_the_file_holds_the_rows_on_screen_and_no_code():
    merchant = a_merchant()
    cards = {state: a_card_in(merchant, state) for state in queries.STATES}
    with acting_for(merchant.id):
        stream = exports.open_stream(ExportOrder("vouchers", {"status": "blocked,expired"}, None))
        text = b"".join(stream).decode()
        codes = [services.code_of(card) for card in cards.values()]

    lines = text.splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {str(cards["blocked"].id), str(cards["expired"].id)}
    assert {line.split(",")[3] for line in lines[1:]} == {"blocked", "expired"}
    assert not any(code in text for code in codes)
    assert stream.totals.currencies == {"EUR": {"rows": 2, "balance_minor": 10_000}}
