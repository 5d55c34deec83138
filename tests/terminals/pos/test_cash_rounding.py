"""Cash over the counter is rounded where there are no small coins: for the drawer, never for the order."""

from __future__ import annotations

import re

import pytest

from merchant.accounts import callers
from merchant.ledger import queries as ledger
from orders.documents.models import Document
from orders.documents.render import render
from orders.order.models import Order
from payments.records.models import Payment
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db(transaction=True)
MONEY = tuple(check for check in CHECKS if check.name.split(".")[0] in ("books", "money"))


@pytest.fixture
def finnish() -> Counter:
    callers.forget()
    return Counter(country="FI", prices=(1248,))


def sell(counter, **changes):
    return counter.left.post("sales/", {"lines": counter.lines(), "tendered_minor": 2000} | changes)


def all_holds(counter):
    lines = verify.verify(merchant_id=counter.merchant.id, checks=MONEY)
    assert {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds} == {}


def test_a_cash_sale_is_rounded_in_the_drawer_and_to_the_cent_in_the_books(finnish):
    sale = sell(finnish).json()

    assert sale["order"]["total"]["amount_minor"] == 1248
    assert [sale[name]["amount_minor"] for name in ("rounding", "to_pay", "change")] == [2, 1250, 750]
    with finnish.scope():
        assert ledger.balance("cash_register") == {"EUR": 1250}
        assert ledger.balance("cash_rounding") == {"EUR": -2}
        assert ledger.balance("receivable") == {}
        order = Order.objects.get()
        assert (order.total_minor, order.captured_minor) == (1248, 1248)
    all_holds(finnish)


def test_the_rounded_sum_is_what_must_be_covered(finnish):
    refused = sell(finnish, tendered_minor=1249)
    with finnish.scope():
        assert not Payment.objects.exists()
    done = sell(finnish, tendered_minor=1250)

    assert (refused.status_code, refused.json()["code"]) == (422, "tender_too_small")
    assert done.status_code == 201


def test_the_receipt_shows_the_rounding_and_what_was_paid(finnish):
    sell(finnish)
    with finnish.scope():
        page = render(Document.objects.get(), format_="html").body.decode()

    assert "Cash rounding" in page
    assert [figure in page for figure in ("12.48", "0.02", "12.50", "7.50")] == [True] * 4


def test_only_the_last_cash_of_an_order_is_rounded_and_no_other_amount_is_taken_that_coins_cannot_make(finnish):
    order = finnish.begin()
    refused = finnish.left.pay_cash(order["id"], 501)
    first = finnish.left.pay_cash(order["id"], 500)
    last = finnish.left.pay_cash(order["id"], 748, 800)

    assert (refused.status_code, refused.json()["code"]) == (422, "cash_not_payable")
    assert refused.json()["next_step"].startswith("Take €5.00 in cash and the rest another way,")
    assert (
        first.json()["payment"]["rounding"]["amount_minor"],
        first.json()["order"]["open_in_cash"]["amount_minor"],
    ) == (
        0,
        750,
    )
    assert last.status_code == 201, last.content
    assert [last.json()["payment"][name]["amount_minor"] for name in ("rounding", "change")] == [2, 50]
    with finnish.scope():
        assert ledger.balance("cash_register") == {"EUR": 1250}
        assert Order.objects.get().status == "completed"
    all_holds(finnish)


def test_a_gift_card_pays_to_the_cent_and_the_cash_after_it_is_rounded(finnish):
    from merchant.core.clock import machine_now
    from merchant.core.money import Money
    from payments.vouchers import services as vouchers

    with finnish.scope():
        _, code = vouchers.issue(amount=Money(247, "EUR"), source="test", now=machine_now())
    order = finnish.begin()
    amount = {"amount_minor": 247, "currency": "EUR"}
    card = finnish.left.post(f"orders/{order['id']}/payments/", {"method": "gift_card", "amount": amount, "code": code})
    cash = finnish.left.pay_cash(order["id"], 1001)

    assert card.json()["payment"]["rounding"]["amount_minor"] == 0
    assert cash.json()["payment"]["rounding"]["amount_minor"] == -1
    with finnish.scope():
        assert ledger.balance("cash_register") == {"EUR": 1000}
        assert ledger.balance("cash_rounding") == {"EUR": 1}


def test_cash_given_back_is_rounded_too_and_nothing_stays_open(finnish):
    sale = sell(finnish).json()
    body = {"amount": {"amount_minor": 1248, "currency": "EUR"}, "reason": "broken"}
    back = finnish.left.post(f"payments/{sale['payment_id']}/refunds/", body)

    assert back.status_code == 202, back.content
    with finnish.scope():
        assert ledger.balance("cash_register") == {}
        assert ledger.balance("cash_rounding") == {}
        assert Payment.objects.get().status == "refunded"
    all_holds(finnish)


def test_where_every_coin_exists_nothing_is_rounded():
    callers.forget()
    german = Counter(prices=(1248,))
    sale = sell(german).json()

    assert (sale["rounding"]["amount_minor"], sale["change"]["amount_minor"]) == (0, 752)
    with german.scope():
        assert ledger.balance("cash_rounding") == {}


@pytest.mark.parametrize(
    ("country", "currency", "price", "paid"),
    [("CH", "CHF", 1243, 1245), ("SE", "SEK", 12449, 12400), ("NO", "NOK", 9950, 10000), ("DK", "DKK", 1076, 1100)],
)
def test_each_country_rounds_to_its_own_coins(country, currency, price, paid):
    callers.forget()
    counter = Counter(country=country, currency=currency, prices=(price,))
    sale = counter.left.post("sales/", {"lines": counter.lines(), "tendered_minor": 50_000}).json()

    assert sale["to_pay"] == {"amount_minor": paid, "currency": currency}
    with counter.scope():
        assert ledger.balance("cash_register") == {currency: paid}
    all_holds(counter)


def test_the_drawer_and_the_z_count_the_coins_and_say_how_much_was_rounded(finnish):
    opened = finnish.left.post("shifts/", {"float_minor": 1000})
    assert opened.status_code == 201, opened.content
    sell(finnish)
    order = finnish.begin()
    finnish.left.pay_cash(order["id"], 1248)
    shift = opened.json()["id"]
    manager = signed_in(a_staff_member(finnish.merchant, role="manager"))
    figures = manager.get(f"/api/v1/shifts/{shift}/x-report/").json()

    assert figures["sales_minor"] == 2496
    assert figures["rounding_minor"] == 4
    [cash] = figures["tenders"]
    assert (cash["method"], cash["net_minor"]) == ("cash", 2500)
    shifts = tuple(check for check in CHECKS if check.name.split(".")[0] == "shifts")
    lines = verify.verify(merchant_id=finnish.merchant.id, checks=(*MONEY, *shifts))
    assert {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds} == {}


def test_what_is_shown_of_a_rounded_sale_adds_up_on_page_paper_and_rest() -> None:
    callers.forget()
    counter = Counter(country="SE", currency="SEK", prices=(24950,))
    sale = sell(counter, tendered_minor=30000).json()
    owner = signed_in(a_staff_member(counter.merchant, role="owner"))

    page = " ".join(owner.get(f"/orders/{sale['order']['id']}/").content.decode().split())
    [payment] = counter.left.get(f"orders/{sale['order']['id']}/").json()["payments"]
    with counter.scope():
        paper = render(Document.objects.get(), format_="html").body.decode()

    amounts = {name: payment[name]["amount_minor"] for name in ("amount", "rounding", "tendered")}
    assert amounts == {"amount": 24950, "rounding": 50, "tendered": 30000}
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td>([^<]+)</td>', paper)
    assert [(name, value) for name, value in rows if name != "Mug"][-6:] == [
        ("Total SEK", "249.50"), ("Cash rounding", "0.50"), ("To pay", "250.00"), ("Cash", "250.00"), ("Given", "300.00"), ("Change", "−50.00"),
    ]  # fmt: skip
    said = re.search(r'<span class="hint">(with [^<]*change)</span>.*?strong"[^>]*>(.*?)</td>', page)
    assert said is not None
    assert [re.sub(r"[^0-9.]", "", part) for part in said[1].split(",")] == ["0.50", "300.00", "50.00"]
    assert "250.00" in re.sub(r"<[^>]+>", "", said[2])
