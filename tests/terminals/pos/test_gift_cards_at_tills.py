"""Gift cards sold at the till: a made one, one with a printed number, more on one there is. Paid first, then worth something."""

from __future__ import annotations

import pytest

from inventory.pricing.prices import PRICE_MINOR_MAX
from orders.documents.models import Document
from orders.order.models import Order
from payments.vouchers.models import Voucher
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import balance

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]
PRINTED = "TILL 4711 0815 2026"


@pytest.fixture
def counter() -> Counter:
    return Counter()


def begin(counter, *cards, lines=()):
    return counter.left.post("till/orders/", {"lines": list(lines), "gift_cards": list(cards)})


def on(counter, code):
    found = counter.left.post("vouchers/balance-look-ups/", {"code": code})
    return found.json()["balance"]["amount_minor"] if found.status_code == 200 else found.json()["code"]


def test_made_and_printed_cards_are_worth_nothing_before_and_their_amount_after_the_payment(counter):
    order = begin(
        counter, {"amount_minor": 2000}, {"amount_minor": 3000, "card_code": PRINTED}, lines=counter.lines()
    ).json()
    before = on(counter, PRINTED)
    spent = counter.right.post(
        f"orders/{counter.begin(counter.right)['id']}/payments/",
        {"method": "gift_card", "code": PRINTED, "amount": {"amount_minor": 100, "currency": "EUR"}},
    )
    paid = counter.left.pay_cash(order["id"], 6250)
    [made] = counter.left.get(f"orders/{order['id']}/vouchers/").json()["results"]

    assert (before, spent.json()["code"]) == (0, "voucher_not_usable")
    assert paid.status_code == 201, paid.content
    assert (on(counter, made["code"]), on(counter, PRINTED.lower().replace(" ", "-"))) == (2000, 3000)
    with counter.scope():
        receipt = Document.objects.get(id=paid.json()["receipt"]["id"])
        names = [line["name"] for line in receipt.content["lines"]]
    assert names[1:] == [f"Gift card …{made['hint']}", "Gift card …2026"]
    assert balance(counter, "voucher_liability") == -5000


def test_a_card_keeps_its_number_through_changed_lines_another_till_and_a_second_sale(counter):
    order = begin(counter, {"amount_minor": 1000, "card_code": PRINTED}).json()
    counter.left.post(f"orders/{order['id']}/parkings/", {"version": order["version"]})
    counter.right.post(f"orders/{order['id']}/resumptions/")
    shown = counter.right.get(f"orders/{order['id']}/discounts/").json()
    [line] = shown["lines"]
    more = {"amount_minor": 1500, "voucher_id": line["voucher_id"]}
    changed = counter.right.post(
        f"orders/{order['id']}/lines/",
        {"lines": counter.lines(), "gift_cards": [more], "version": shown["version"]},
    )
    paid = counter.right.pay_cash(order["id"], 2750)
    again = begin(counter, {"amount_minor": 500, "top_up_code": PRINTED}).json()
    counter.left.pay_cash(again["id"], 500)

    assert (line["kind"], changed.status_code, paid.status_code) == ("gift_card", 200, 201), changed.content
    assert on(counter, PRINTED) == 2000
    with counter.scope():
        assert Voucher.objects.count() == 1


def test_a_number_that_could_be_guessed_two_names_for_one_card_and_an_unknown_card_are_refused(counter):
    refused = [
        begin(counter, {"amount_minor": 1000, "card_code": "1234 5678"}),
        begin(counter, {"amount_minor": 1000, "card_code": PRINTED, "top_up_code": PRINTED}),
        begin(counter, {"amount_minor": 1000, "top_up_code": PRINTED}),
        begin(counter, {"amount_minor": 1000, "voucher_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (422, "card_code_too_short"), (400, "invalid_request"), (422, "voucher_not_usable"), (422, "voucher_not_usable"),
    ]  # fmt: skip
    with counter.scope():
        assert (Voucher.objects.count(), Order.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "code",
    ["AAAAAAAAAAAA", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫", "ＴＩＬＬ４７１１０８１５", "x\u2028" + "b1" * 8, "<script>alert(1)</script>"],
)
def test_a_printed_number_is_plain_letters_and_digits(counter, code):
    refused = begin(counter, {"amount_minor": 1000, "card_code": code})

    assert (refused.status_code, refused.json()["code"]) == (422, "card_code_not_plain")
    with counter.scope():
        assert (Voucher.objects.count(), Order.objects.count()) == (0, 0)


def test_no_card_is_sold_for_more_than_an_article_may_cost(counter):
    refused, sold = (begin(counter, {"amount_minor": PRICE_MINOR_MAX + more}) for more in (1, 0))

    assert (refused.status_code, sold.status_code) == (400, 201)


@pytest.mark.usefixtures("one_span")
def test_a_till_is_wrong_about_ten_numbers_a_minute_at_whatever_door_and_then_not_right_either(counter):
    begin(counter, {"amount_minor": 5000, "card_code": PRINTED}, lines=counter.lines())
    card = begin(counter, {"amount_minor": 2000, "card_code": PRINTED}).json()
    counter.left.pay_cash(card["id"], 2000)
    order = counter.begin(counter.left)

    def pay(code):
        body = {"method": "gift_card", "code": code, "amount": {"amount_minor": 100, "currency": "EUR"}}
        return counter.left.post(f"orders/{order['id']}/payments/", body)

    right = [pay(PRINTED).status_code for _ in range(2)]
    wrong = [pay(f"WRONG WRONG {number:04}") for number in range(4)]
    wrong += [begin(counter, {"amount_minor": 1, "top_up_code": f"WRONG WRONG {number:04}"}) for number in range(4)]
    wrong += [
        counter.left.post("vouchers/balance-look-ups/", {"code": f"WRONG WRONG {number:04}"}) for number in (1, 2)
    ]
    then = [pay("WRONG WRONG 0001"), begin(counter, {"amount_minor": 1, "top_up_code": PRINTED}), pay(PRINTED)]

    assert (right, [answer.json()["code"] for answer in wrong]) == ([201, 201], ["voucher_not_usable"] * 10)
    assert [(answer.status_code, answer.json()["code"]) for answer in then] == [(429, "too_many_tries")] * 3
    assert all(int(answer.headers["Retry-After"]) <= 60 for answer in then)
    assert counter.right.post("vouchers/balance-look-ups/", {"code": PRINTED}).status_code == 200
    with counter.scope():
        assert Voucher.objects.get().balance_minor == 1800
