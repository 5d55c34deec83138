"""A marketplace sells for the merchant and settles by itself: what it took is expected, its report is read by columns, its payout is two orders less a fee."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from orders.order.models import Order
from payments.after_sales import services as after_sales
from payments.after_sales.services import RefundRules
from payments.processing import marketplaces
from payments.reconciliation.models import Match
from payments.reconciliation.statements import account_services
from payments.records.models import Operation, Payment
from payments.settlement.models import Payout, ReportFile
from reports.overview import queries as overview
from reports.overview.building import SETTLED_METHODS
from reports.overview.queries import Narrowed
from tests.clients import signed_in
from tests.factories import a_channel, a_staff_member, an_order
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_column_mappings import Desk
from tests.payments.reconciliation.test_matching import exceptions

pytestmark = pytest.mark.django_db

COLUMNS = "Date,Order ID,Transaction ID,Kind,Amount,Fee,Net,Payout\n"
KINDS = ("sale", "refund", "fee", "payout")


@pytest.fixture
def market(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return Market(Books(tmp_path))


class Market:
    """A marketplace with a channel, an account that its reports are of, and somebody who records and imports."""

    def __init__(self, books: Books):
        self.books, self.desk = books, Desk(books)
        self.channel = a_channel(books.merchant, kind="marketplace", code="market")
        self.manager = signed_in(a_staff_member(books.merchant, role="manager"))
        with books.acting():
            self.account = account_services.open_report_account(
                processor="other", name="The market", external_id="market-1", currency="EUR", now=books.now
            )

    def order(self, minor: int) -> Order:
        return an_order(self.books.merchant, total_minor=minor, channel_id=self.channel.id)

    def take(self, order: Order, minor: int, reference: str) -> Payment:
        """What its connector does over REST."""
        body = {
            "account_id": str(self.account.id), "amount": {"amount_minor": minor, "currency": "EUR"}, "reference": reference,
        }  # fmt: skip
        key = {"Idempotency-Key": f"market:{reference}"}
        path = f"/api/v1/orders/{order.id}/marketplace-payments/"
        answer, again = (self.manager.post(path, body, "application/json", headers=key) for _ in range(2))
        assert (answer.status_code, again.content) == (201, answer.content), answer.content
        with self.books.acting():
            return Payment.objects.get(id=answer.json()["id"])

    def report(self, *rows: str) -> None:
        """Read a report, its columns said once."""
        text = COLUMNS + "".join(f"{row}\n" for row in rows)
        address = self.desk.upload(text, f"gateway:{self.account.id}", "market.csv")["Location"]
        fields, _ = self.desk.form_at(address)
        columns = {"column_type": "Kind", "column_gross": "Amount", "column_payout_reference": "Payout", "zone": "UTC"}
        columns |= {"column_merchant_reference": "Order ID", "column_row_key": "Transaction ID"}
        kinds = {}
        for number, kind in enumerate(dict.fromkeys(row.split(",")[3] for row in rows)):
            kinds |= {f"type_{number}": kind, f"kind_{number}": kind}
        assert self.desk.client.post(address, fields | columns | kinds | {"save": "1"}).status_code == 302
        self.desk.run_jobs()
        with self.books.acting():
            assert ReportFile.objects.get().status == "posted"


def test_the_payout_of_a_marketplace_is_explained_by_its_orders_and_its_fee(market):
    first, second = market.order(10_000), market.order(2_550)
    day = first.business_date
    for order, reference in ((first, "M-1"), (second, "M-2")):
        payment = market.take(order, order.total_minor, reference)
        assert (payment.status, payment.method, payment.gateway_reference) == ("captured", "marketplace", reference)
    with market.books.acting():
        assert ledger.balance("clearing", subject=str(market.account.id)) == {"EUR": 12_550}
        assert Order.objects.get(id=first.id).captured_minor == 10_000

    market.report(
        f"{day},{first.number},t-1,sale,100.00,0.00,100.00,P-2026-1",
        f"{day},{second.number},t-2,sale,25.50,0.00,25.50,P-2026-1",
        f"{day},,t-3,fee,-18.83,0.00,-18.83,P-2026-1",
        f"{day},,t-4,payout,-106.67,0.00,-106.67,P-2026-1",
    )
    with market.books.acting():
        market.books.take_statement(statement([Entry(10_667, "MARKET PAYOUT P-2026-1")]))
        market.books.reconcile()

        assert exceptions() == []
        assert ledger.balance("clearing", subject=str(market.account.id)) == {}
        assert ledger.balance("payouts_in_transit") == {}
        assert ledger.balance("bank", subject=str(market.books.bank.id)) == {"EUR": 10_667}
        assert Payout.objects.get().status == "in_bank"
        matched = Match.objects.filter(undone_at=None).values("operation_id")
        assert set(Operation.objects.filter(id__in=matched).values_list("order_id", flat=True)) == {first.id, second.id}


def test_what_the_marketplace_does_not_report_is_missing_and_what_it_gave_back_must_be_in_its_report(market):
    kept, forgotten = market.order(10_000), market.order(2_550)
    day = kept.business_date
    for order, reference in ((kept, "M-1"), (forgotten, "M-2")):
        market.take(order, order.total_minor, reference)
    with market.books.acting():
        after_sales.refund_order(
            order_id=kept.id,
            amount=Money(1_000, "EUR"),
            reason="damaged",
            now=market.books.now,
            rules=RefundRules(None),
        )
        assert Order.objects.get(id=kept.id).refunded_minor == 1_000
        assert ledger.balance("clearing", subject=str(market.account.id)) == {"EUR": 11_550}
    later = day + timedelta(days=10)

    market.report(
        f"{day},{kept.number},t-1,sale,100.00,0.00,100.00,P-2026-1",
        f"{day},{kept.number},t-2,refund,-10.00,0.00,-10.00,P-2026-1",
        f"{later},,t-3,fee,-1.00,0.00,-1.00,P-2026-1",
        f"{later},,t-4,payout,-89.00,0.00,-89.00,P-2026-1",
    )
    with market.books.acting():
        market.books.reconcile()

        assert [(kind, minor) for kind, _, minor in exceptions() if kind != "missing_payout"] == [
            ("missing_in_report", -2_550)
        ]


def test_nobody_else_than_a_marketplace_can_have_taken_the_money(market):
    elsewhere = an_order(market.books.merchant, total_minor=500)
    own = market.order(500)
    refused = [
        (elsewhere, market.account.id, 500, "not_of_a_marketplace"),
        (own, market.books.account.id, 500, "account_not_of_a_marketplace"),
        (own, market.books.foreign_account.id, 500, "not_found"),
        (own, market.account.id, 501, "amount_exceeds_open"),
    ]

    with acting_for(market.books.merchant.id):
        for order, account_id, minor, code in refused:
            with pytest.raises(AppError) as caught:
                marketplaces.take_at_marketplace(
                    order_id=order.id, account_id=account_id, amount=Money(minor, "EUR"), reference="M-9", now=market.books.now
                )  # fmt: skip
            assert caught.value.code == code

        assert (Payment.objects.count(), Journal.objects.count()) == (0, 0)


def test_what_a_marketplace_took_is_on_its_way_to_the_bank_and_asked_of_nobody(market):
    order = market.order(10_000)
    market.take(order, 10_000, "M-1")

    with market.books.acting():
        flow = overview.list_flow(Narrowed(), since=order.business_date, methods=SETTLED_METHODS)
        asked = overview.list_approvals(since=order.business_date, today=order.business_date, lately=order.created_at)

    assert [row for row in asked if row["name"] == "The market"] == []
    assert sum(row["minor"] for row in flow) == 10_000
