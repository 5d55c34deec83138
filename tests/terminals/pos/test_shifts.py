"""A shift from the float to the Z: every cent of the drawer is explained, and the Z says what the books say."""

from __future__ import annotations

import time
from datetime import timedelta
from importlib import import_module
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.accounts.approvals.services import ApprovalNeeded
from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from orders.fulfilment import services as fulfilment
from payments.after_sales import services as after_sales
from payments.after_sales.cancellations import cancel_order
from payments.after_sales.services import RefundRules
from payments.gateways.base import Outcome
from payments.processing.authorisations import request_authorisation
from payments.processing.tenders import take_transfer
from payments.processing.voids import request_void
from payments.records.models import TillEntry
from payments.records.services import apply_result
from terminals.pos import elsewhere
from terminals.pos import services as pos
from terminals.pos.shifts import closings, counting, denominations, drawer, drawing, papers
from terminals.pos.shifts.counting import Counted, CountIsOld, DifferenceNeedsReason
from terminals.pos.shifts.denominations import UnknownDenomination
from terminals.pos.shifts.drawer import DrawerHoldsLess, Person, ShiftNotOpen
from terminals.pos.shifts.models import Closing, Movement, Shift
from terminals.pos.shifts.services import ClosingBlocked, LeavesTooMuch, ShiftAlreadyOpen
from tests.events import deliver_events
from tests.factories import a_gateway_account, a_store
from tests.factories.counter import CASHIER_ALONE, LEA, Counter

pytestmark = pytest.mark.django_db
PRICE = 1250
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_the_float_comes_from_the_safe(counter):
    counter.open(20_000)

    assert counter.booked() == counter.holds() == 20_000
    assert counter.booked("cash_safe", str(counter.shop.store.id)) == -20_000


def test_a_second_shift_at_a_register_is_refused_and_moves_nothing(counter):
    counter.open()

    with pytest.raises(ShiftAlreadyOpen):
        counter.open()

    assert counter.booked() == 20_000
    with counter.scope():
        assert Shift.objects.count() == 1


def test_the_drawer_holds_what_was_sold_refunded_and_moved(counter):
    shift = counter.open(20_000)
    sale = counter.sell(2, 1)
    counter.take_back(sale, 1)
    counter.give_back(sale.payment_id, 250)
    counter.move(shift, "paid_in", 1_000)
    counter.move(shift, "paid_out", 300)
    counter.move(shift, "safe_drop", 5_000)
    counter.move(shift, "no_sale", 0)

    expected = 20_000 + 3 * PRICE - PRICE - 250 + 1_000 - 300 - 5_000
    assert counter.holds() == counter.booked() == expected
    assert counter.booked("petty_cash") == -700


def test_cash_towards_an_order_counts_once_before_and_after_its_receipt(counter):
    counter.open(0)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    assert counter.holds() == counter.booked() == 1_000

    counter.pay_cash(order.id, 1_500)

    assert counter.holds() == counter.booked() == 2_500
    figures = counter.figures()
    assert (figures.receipts, figures.sales_minor, figures.cash_minor) == (1, 2_500, 2_500)


def test_nobody_takes_out_more_than_lies_in_the_drawer(counter):
    shift = counter.open(1_000)

    with pytest.raises(DrawerHoldsLess):
        counter.move(shift, "safe_drop", 1_001)

    assert counter.booked() == 1_000
    with counter.scope():
        assert Movement.objects.count() == 1


def test_a_closed_shift_takes_no_movement(counter):
    shift = counter.open()
    counter.close(shift)

    with pytest.raises(ShiftNotOpen):
        counter.move(shift, "paid_in", 100)

    assert counter.booked() == 0


def test_a_count_by_denomination_adds_up_and_knows_its_currency():
    assert denominations.total_of("EUR", {5000: 3, 20: 4, 1: 7}) == 15_087
    with pytest.raises(UnknownDenomination):
        denominations.total_of("SEK", {25: 1})


def test_closing_books_what_is_short_and_brings_the_rest_to_the_safe(counter):
    shift = counter.open(20_000)
    counter.sell(2)

    closing = counter.close(shift, off_minor=-30, left_minor=5_000, reason="miscounted change")

    assert (closing.expected_cash_minor, closing.counted_cash_minor, closing.closing_cash_minor) == (
        22_500,
        22_470,
        5_000,
    )
    assert counter.booked() == counter.holds() == 5_000
    assert counter.booked("over_short") == 30
    assert counter.booked("cash_safe", str(counter.shop.store.id)) == -20_000 + 17_470
    with counter.scope():
        shift = Shift.objects.get()
        assert (shift.status, shift.difference_minor, shift.closing_id) == ("closed", -30, closing.id)


def test_a_z_says_what_happened(counter):
    shift = counter.open(20_000)
    first = counter.sell(2, 1)
    counter.sell(1)
    counter.take_back(first, 1)
    counter.move(shift, "paid_out", 300, "milk")

    closing = counter.close(shift, count=counter.count(shift, tenders={"card_present": 0}))

    said = closing.content["figures"]
    assert (closing.number, closing.receipts_after, closing.receipts_until) == (1, 0, 2)
    assert (said["receipts"], said["first_receipt"], said["last_receipt"]) == (2, 1, 2)
    assert (closing.sales_minor, closing.returns_minor, closing.refunds_minor) == (4 * PRICE, PRICE, PRICE)
    assert said["taxes"] == [
        {
            "rate_basis_points": 1900,
            "sales_minor": 5000,
            "sales_tax_minor": 799,
            "returns_minor": 1250,
            "returns_tax_minor": 200,
        }
    ]
    [cash] = said["tenders"]
    assert (cash["method"], cash["taken_minor"], cash["refunded_minor"], cash["net_minor"]) == (
        "cash",
        5000,
        1250,
        3750,
    )
    assert {row["kind"]: row["minor"] for row in said["movements"]} == {
        "float": 20_000, "paid_out": -300, "safe_drop": -23_450,
    }  # fmt: skip
    assert closing.content["shifts"][0]["person"] == "Lea"


def test_a_second_z_begins_where_the_first_ended(counter):
    first = counter.open(20_000)
    counter.sell(1)
    counter.close(first, left_minor=7_000)
    second = counter.open(3_000)
    counter.sell(2)

    closing = counter.close(second)

    assert (closing.number, closing.receipts_after, closing.receipts_until) == (2, 1, 2)
    assert (closing.opening_cash_minor, closing.expected_cash_minor) == (7_000, 7_000 + 3_000 + 2_500)
    assert (closing.sales_minor, closing.grand_sales_minor) == (2_500, 3_750)


def test_an_x_shows_everything_that_comes_to_what_is_expected_in_the_drawer(counter):
    first = counter.open(20_000)
    counter.sell(1)
    counter.close(first, left_minor=7_000)
    second = counter.open(3_000)
    counter.sell(2)
    counter.move(second, "paid_out", 400)

    shown = {stat.label: stat.value for stat in drawing.x_stats(counter.figures(), "EUR")}

    parts = [shown[label].minor for label in ("In the drawer before", "Cash", "Float", "Paid out")]
    assert parts == [7_000, 2_500, 3_000, -400]
    assert sum(parts) == shown["Expected in the drawer"].minor == 12_100


def test_a_hand_over_books_the_difference_and_leaves_the_cash_to_the_next_person(counter):
    first = counter.open(20_000)
    counter.sell(1)

    second = counter.hand_over(first, Person("Nils"), off_minor=50, reason="found a coin")

    assert counter.booked() == counter.holds() == 21_300
    counter.sell(1)
    closing = counter.close(second)
    assert closing.expected_cash_minor == 22_550
    assert [shift["person"] for shift in closing.content["shifts"]] == ["Lea", "Nils"]
    with counter.scope():
        first.refresh_from_db()
        assert (first.status, first.receipts_after, first.receipts_until) == ("handed_over", 0, 1)


def test_an_x_changes_nothing_and_a_z_says_the_same(counter):
    shift = counter.open()
    counter.sell(3, 2)
    before = counter.figures()
    with counter.scope():
        journals = Journal.objects.count()

    again = counter.figures()

    assert again == before
    with counter.scope():
        assert Journal.objects.count() == journals
    closing = counter.close(shift)
    assert (closing.sales_minor, closing.content["figures"]["taxes"]) == (
        before.sales_minor,
        closings.figures_json(before)["taxes"],
    )


def test_a_refund_after_the_z_is_in_the_next_one(counter):
    shift = counter.open(5_000)
    sale = counter.sell(1)
    first = counter.close(shift, left_minor=5_000)
    counter.take_back(sale)
    second = counter.close(counter.open(0))

    assert (first.refunds_minor, first.returns_minor) == (0, 0)
    assert (second.refunds_minor, second.returns_minor, second.sales_minor) == (PRICE, PRICE, 0)
    assert second.expected_cash_minor == 5_000 - PRICE


def test_a_sale_that_arrives_after_the_z_is_in_the_next_one_with_its_own_date(counter, monkeypatch):
    shift = counter.open(0)
    counter.sell(1)
    counter.close(shift)
    yesterday = machine_now() - timedelta(days=1)
    monkeypatch.setattr("tests.factories.trade.business_now", lambda merchant_id: yesterday)
    counter.sell(2)

    closing = counter.close(counter.open(0))

    [late] = closing.content["figures"]["late"]
    assert (late["number"], late["minor"], late["first_receipt"]) == (1, 2_500, 2)
    assert late["business_date"] == yesterday.astimezone(BERLIN).date().isoformat()
    assert closing.sales_minor == 2_500


@pytest.mark.parametrize("pays", [False, True])
def test_an_open_order_blocks_closing_with_a_link_to_it(counter, pays):
    shift = counter.open(0)
    order = counter.begin(2)
    if pays:
        counter.pay_cash(order.id, 1_000)

    with pytest.raises(ClosingBlocked) as refused:
        counter.close(shift)

    [blocker] = refused.value.data["blockers"]
    assert (blocker["kind"], blocker["label"], blocker["url"]) == ("open_order", order.number, f"/orders/{order.id}/")
    with counter.scope():
        assert not Closing.objects.exists()
        assert Shift.objects.get().status == "open"


def test_who_may_leaves_open_orders_to_the_next_shift(counter):
    shift = counter.open(0)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    with pytest.raises(ApprovalNeeded):
        counter.close(shift, leaves_orders=True, acceptance=CASHIER_ALONE)
    with counter.scope():
        assert not Closing.objects.exists()

    first = counter.close(shift, leaves_orders=True)
    second = counter.open(0)
    counter.pay_cash(order.id, 1_500)
    last = counter.close(second)

    assert (first.sales_minor, first.expected_cash_minor) == (0, 1_000)
    assert [one["label"] for one in first.content["left_open"]] == [order.number]
    assert (last.sales_minor, last.expected_cash_minor) == (2_500, 1_500)


def between(found):
    """What tenders are to sales: nothing is left unsaid if it is zero."""
    money_in = sum(tender.taken_minor - tender.voided_minor for tender in found.tenders)
    sales = found.sales_minor + found.rounding_minor + found.tips_minor
    return money_in - sales - found.unfinished_minor + found.paid_before_minor


def test_an_x_says_what_of_its_cash_is_for_an_order_that_is_paid_in_part(counter):
    counter.open(5_000)
    counter.sell(1)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    half = counter.figures()
    stats = {stat.label: stat.value for stat in drawing.x_stats(half, "EUR")}
    counter.pay_cash(order.id, 1_500)
    whole = counter.figures()

    assert (half.sales_minor, half.cash_minor, half.unfinished_minor) == (PRICE, PRICE + 1_000, 1_000)
    assert half.expected_cash_minor == 5_000 + PRICE + 1_000
    assert stats["Taken for orders that are not finished"] == Money(1_000, "EUR")
    assert stats["Expected in the drawer"] == Money(5_000 + PRICE + 1_000, "EUR")
    assert (whole.sales_minor, whole.unfinished_minor, whole.paid_before_minor) == (3 * PRICE, 0, 0)
    assert (between(half), between(whole)) == (0, 0)


def test_the_z_with_the_receipt_says_what_an_earlier_one_took(counter):
    first = counter.open(0)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    before = counter.close(first, leaves_orders=True).content["figures"]
    second = counter.open(0)
    counter.pay_cash(order.id, 1_500)
    found = counter.figures()
    after = counter.close(second)

    assert (before["sales_minor"], before["unfinished_minor"], before["paid_before_minor"]) == (0, 1_000, 0)
    said = after.content["figures"]
    assert (said["sales_minor"], said["unfinished_minor"], said["paid_before_minor"]) == (2_500, 0, 1_000)
    assert between(found) == 0
    with counter.scope():
        labels = [stat.label for stat in drawing.closing_page(after).stats]
        page = papers.render_closing(after, format_="html").body.decode()
    assert "Of the sales, paid earlier or at another till" in labels
    assert "Of the sales, paid earlier or at another till" in page


def test_money_of_an_order_that_was_cancelled_is_for_nothing_unfinished(counter):
    counter.open(0)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    with counter.scope():
        cancel_order(
            order_id=order.id,
            reason="left",
            now=machine_now(),
            rules=RefundRules(None, register_id=counter.shop.register.id),
        )
    found = counter.figures()

    assert (found.unfinished_minor, found.cash_minor) == (0, 0)


def test_a_paid_order_that_another_store_sends_is_in_the_z_and_does_not_hold_it_up(counter):
    """Its receipt stands for goods that are handed over later, or never: `verify` knows both."""
    other = a_store(counter.shop.merchant)
    shift = counter.open(0)
    orders = [counter.begin(2), counter.begin(1)]
    with counter.scope():
        pieces = [Pieces(counter.shop.variants[0].id, 10)]
        stock.put_in(pieces=pieces, store_id=other.id, source="delivery:1", kind="received", now=machine_now())
        for order in orders:
            elsewhere.source_lines(
                order_id=order.id,
                register=counter.facts,
                sources={order.line_ids[0]: other.id},
                version=1,
                now=machine_now(),
            )
    counter.pay_cash(orders[0].id, 2 * PRICE)
    counter.pay_cash(orders[1].id, PRICE)

    closing = counter.close(shift)

    assert (closing.sales_minor, closing.expected_cash_minor) == (3 * PRICE, 3 * PRICE)
    assert counter.violations() == []
    with counter.scope():
        fulfilment.hand_over(order_id=orders[0].id, store_id=other.id, now=machine_now())
        after_sales.refund_order(
            order_id=orders[1].id, amount=Money(PRICE, "EUR"), reason="too late", now=machine_now(),
            rules=RefundRules(None, register_id=counter.shop.register.id),
        )  # fmt: skip
    assert counter.violations() == []


def test_money_given_back_as_store_credit_leaves_the_drawer_alone(counter):
    shift = counter.open(0)
    sale = counter.sell(2)
    with counter.scope():
        after_sales.refund_payment(
            payment_id=sale.payment_id, amount=Money(PRICE, "EUR"), reason="wish", now=machine_now(), as_credit=True,
            rules=RefundRules(None, register_id=counter.shop.register.id),
        )  # fmt: skip

    assert counter.holds() == counter.booked() == 2 * PRICE
    closing = counter.close(shift)
    tenders = {one["method"]: one["net_minor"] for one in closing.content["figures"]["tenders"]}
    assert tenders == {"cash": 2 * PRICE, "store_credit": -PRICE}
    assert counter.violations() == []


def test_what_moved_before_entries_were_kept_is_entered_by_the_migration_as_it_would_be_now(counter):
    counter.open(0)
    sale = counter.sell(2)
    counter.give_back(sale.payment_id, 100)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1_000)
    paid = counter.pay_cash(order.id, 1_500)
    counter.give_back(paid.id, 300)
    with counter.scope():
        after_sales.refund_payment(
            payment_id=paid.id,
            amount=Money(200, "EUR"),
            reason="wish",
            now=machine_now(),
            as_credit=True,
            rules=RefundRules(None),
        )
        by_card = counter.begin(1)
        pos.open_for_payment(order_id=by_card.id, register=counter.facts, now=machine_now())
        asked = request_authorisation(
            order_id=by_card.id,
            method="card_present",
            amount=Money(PRICE, "EUR"),
            now=machine_now(),
            gateway_account=a_gateway_account(counter.shop.merchant),
            register_id=counter.shop.register.id,
        )
        done = Outcome(status="succeeded")
        apply_result(operation_id=asked.id, outcome=done, source="answer", now=machine_now())
        void = request_void(payment_id=asked.payment_id, now=machine_now(), reason="wish")
        apply_result(operation_id=void.id, outcome=done, source="answer", now=machine_now())
        names = ("register_id", "order_id", "kind", "source_id", "method", "currency", "amount_minor")
        kept = set(TillEntry.objects.values_list(*names))
        migration = import_module("payments.migrations.0011_till_entries_and_deposits")
        select = migration.BEFORE[migration.BEFORE.index("SELECT") :]
        entered = {tuple(row[2:9]) for row in db.rows(select)}

    assert len(kept) == 7
    assert entered == kept


def test_unsent_sales_block_closing(counter):
    shift = counter.open(0)

    with pytest.raises(ClosingBlocked):
        counter.close(shift, unsent=3, leaves_orders=True)

    with counter.scope():
        assert not Closing.objects.exists()


def test_a_count_made_before_the_last_sale_is_refused(counter):
    shift = counter.open(0)
    count = counter.count(shift)
    counter.sell(1)

    with pytest.raises(CountIsOld) as refused:
        counter.close(shift, count=count)

    assert refused.value.data["moved_minor"] == PRICE
    assert counter.booked() == counter.holds() == PRICE


def test_a_difference_needs_a_reason_and_above_the_limit_a_manager(counter):
    shift = counter.open(1_000)
    with counter.scope():
        drawer.set_rules(
            register_id=counter.shop.register.id,
            limit_minor=None,
            difference_limit_minor=100,
            is_blind=True,
            now=machine_now(),
        )

    with pytest.raises(DifferenceNeedsReason):
        counter.close(shift, off_minor=-5)
    with pytest.raises(ApprovalNeeded):
        counter.close(shift, off_minor=-101, reason="lost", acceptance=CASHIER_ALONE)

    assert (counter.booked(), counter.booked("over_short")) == (1_000, 0)
    assert counter.close(shift, off_minor=-100, reason="lost", acceptance=CASHIER_ALONE).number == 1


def test_no_more_stays_than_was_counted(counter):
    shift = counter.open(1_000)

    with pytest.raises(LeavesTooMuch):
        counter.close(shift, left_minor=1_001)

    assert counter.holds() == 1_000
    with counter.scope():
        assert Shift.objects.get().status == "open"


def test_closing_costs_the_same_statements_for_ten_and_for_hundreds_of_sales(counter):
    numbers = []
    for sales in (10, 200):
        shift = counter.open(0)
        for _ in range(sales):
            counter.sell(1)
        count = counter.count(shift)
        with CaptureQueriesContext(connection) as captured:
            counter.close(shift, count=count)
        numbers.append(len(captured))

    assert numbers[0] == numbers[1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE till_closing SET sales_minor = sales_minor + 1",
        "DELETE FROM till_closing",
        "UPDATE till_movement SET amount_minor = 1",
        "UPDATE till_count SET counted_minor = 1",
        "UPDATE till_shift SET status = 'open'",
    ],
)
def test_the_database_refuses_to_change_what_was_closed(counter, statement):
    counter.close(counter.open())

    with pytest.raises(DatabaseError, match=r"denied|Cannot|Invalid"), transaction.atomic():
        db.execute(statement)


@pytest.mark.parametrize(
    "change", [{"number": 3}, {"receipts_after": 5}, {"opening_cash_minor": 1}, {"grand_sales_minor": 9}]
)
def test_the_database_refuses_a_z_that_does_not_follow(counter, change):
    closing = counter.close(counter.open())
    fields = {field.attname: getattr(closing, field.attname) for field in Closing._meta.fields}
    following = {
        **fields, "id": None, "number": 2, "receipts_after": closing.receipts_until, "opening_cash_minor": closing.closing_cash_minor,
    }  # fmt: skip
    with counter.scope(), pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
        Closing(**following | change | {"id": new_id()}).save(force_insert=True)


def test_the_digest_of_a_z_stands_in_the_audit_trail(counter):
    closing = counter.close(counter.open())

    with counter.scope():
        entry = AuditEntry.objects.get(action="closing.made")
        stored = Closing.objects.get()
    assert entry.data["digest"] == closing.digest == closings.digest_of(stored)


def test_another_merchants_shift_is_not_found(counter):
    shift = counter.open()
    other = Counter()

    with acting_for(other.shop.id), pytest.raises(AppError) as refused:
        counting.count_drawer(shift_id=shift.id, counted=Counted({}, 0), person=LEA, now=machine_now())

    assert refused.value.code == "not_found"


_PAPERS = """
INSERT INTO document_document (id, merchant_id, kind, series, number, order_id, register_id, business_date, issued_at, total_minor, currency, content, access_token)
SELECT gen_random_uuid(), d.merchant_id, d.kind, d.series, d.number + n, d.order_id, d.register_id, d.business_date, d.issued_at, d.total_minor, d.currency,
    d.content, md5(n::text)
FROM document_document d, generate_series(1, %(more)s) n WHERE d.merchant_id = %(merchant)s
"""


def test_five_thousand_sales_are_closed_in_under_two_seconds(counter, capsys):
    """The receipts are copies of one, because selling 5,000 times takes minutes; the close reads them like any others."""
    shift = counter.open(0)
    counter.sell(3, 2)
    with counter.scope():
        db.execute(_PAPERS, {"merchant": counter.shop.id, "more": 4_999})
        db.execute("UPDATE merchant_register SET last_receipt_number = 5000 WHERE id = %s", [counter.shop.register.id])
        db.execute("ANALYZE document_document")
    count = counter.count(shift)

    began = time.monotonic()
    closing = counter.close(shift, count=count)
    seconds = time.monotonic() - began

    with capsys.disabled():
        print(f"\n5,000 sales closed in {seconds:.2f} s")
    assert (closing.receipts_until, closing.content["figures"]["receipts"]) == (5_000, 5_000)
    assert closing.sales_minor == closing.expected_cash_minor == 5_000 * 5 * PRICE
    assert seconds < 2


def test_a_sale_paid_in_part_elsewhere_stands_in_the_z_with_all_it_was_paid_with(counter):
    shift = counter.open(0)
    order = counter.begin(2)
    counter.pay_cash(order.id, 1000)
    with counter.scope():
        # The rest comes without the till: by link on the customer's phone, or as here from their bank.
        take_transfer(
            order_id=order.id,
            amount=Money(1500, "EUR"),
            bank_account_id=uuid4(),
            statement_line_id=uuid4(),
            now=machine_now(),
        )
    deliver_events()

    found = counter.figures()
    z = counter.close(shift)

    assert {tender.method: tender.taken_minor for tender in found.tenders} == {"cash": 1000, "bank_transfer": 1500}
    assert (found.receipts, found.sales_minor, z.sales_minor, z.closing_cash_minor) == (1, 2500, 2500, 0)
    assert {tender["method"]: tender["taken_minor"] for tender in z.content["figures"]["tenders"]} == {
        "cash": 1000,
        "bank_transfer": 1500,
    }
