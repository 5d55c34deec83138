"""A merchant that trades for a day at the real processor: cash and cards, refunds, a decline, a reservation, a return, and the day's settlement."""

from __future__ import annotations

import time as time_module
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inventory.stock import reservations
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now, move_business_clock
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger.models import ExchangeRate
from orders.fulfilment import services as fulfilment
from orders.fulfilment import taking_back
from orders.order.models import OrderLine
from payments.fees.models import FeeContract
from payments.gateways import registry
from payments.processing import sending
from payments.processing.authorisations import request_authorisation
from payments.processing.refunds import request_refund
from payments.reconciliation import services as reconciliation
from payments.reconciliation.matching import deposits
from payments.reconciliation.models import BankAccount
from payments.reconciliation.statements import services as statement_services
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from payments.settlement import services as settlement
from payments.settlement.models import ReportFile
from tests import shops
from tests.factories import a_shop
from tests.factories.counter import Counter, Person
from tests.factories.orders import an_order
from tests.processor import RunningProcessor

# Reports lead to statements, statements to runs: a handful of rounds and all is quiet.
ROUNDS_MAX = 10
# The processor does what is due every second or so.
WAIT_SECONDS_MAX = 30
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class TradingDay:
    """The merchant, its account at the processor, and what tests ask of them."""

    processor: RunningProcessor
    shop: shops.Shop
    till: Any

    @property
    def id(self) -> Any:
        """The merchant's id."""
        return self.shop.merchant.id

    def pay(self, minor: int, token: str = "tok_visa_ok", **order: Any) -> Payment:
        """Let a shopper pay an order of `minor` by card and return the payment."""
        order_ = an_order(self.shop.merchant, total_minor=minor, channel_id=self.shop.channel.id, **order)
        with acting_for(self.id):
            operation = request_authorisation(
                order_id=order_.id, method="card", amount=Money(minor, "EUR"), gateway_account=self.shop.account, now=self.now(),
                instrument={"token": token},
            )  # fmt: skip
        shops.run_relay()
        with acting_for(self.id):
            return Payment.objects.get(id=operation.payment_id)

    def refund(self, payment: Payment, minor: int) -> None:
        """Give `minor` of a payment back."""
        with acting_for(self.id):
            request_refund(payment_id=payment.id, amount=Money(minor, "EUR"), reason="unwanted", now=self.now())
        shops.run_relay()

    def lose_refund(self, payment: Payment, minor: int) -> None:
        """Give `minor` of a payment back, and hear from the processor that it did not reach the customer after all."""
        self.plant({"kind": "refund_fails_late", "seconds": 0})
        self.refund(payment, minor)
        with acting_for(self.id):
            operation = Operation.objects.get(payment_id=payment.id, kind="refund")
            gateway, access = registry.gateway("sandbox"), registry.access(self.shop.account)
            deadline = time_module.monotonic() + WAIT_SECONDS_MAX
            told = gateway.look_up(sending.request_for(operation), access)
            while told is None or not told.is_taken_back:
                assert time_module.monotonic() < deadline, "the processor never took the refund back"
                time_module.sleep(0.1)
                told = gateway.look_up(sending.request_for(operation), access)
            apply_result(operation_id=operation.id, outcome=told, source="webhook", now=self.now())

    def hand_over(self, payment: Payment) -> None:
        """Hand the goods of an order over."""
        with acting_for(self.id):
            fulfilment.hand_over(order_id=payment.order_id, store_id=self.shop.store.id, now=self.now())

    def take_back(self, payment: Payment, quantity: int) -> None:
        """Take goods of an order back for sale."""
        with acting_for(self.id):
            line = OrderLine.objects.get(order_id=payment.order_id)
            taking_back.take_back(
                order_id=payment.order_id,
                quantities={line.id: quantity},
                store_id=self.shop.store.id,
                is_restocked=True,
                reason="",
                now=self.now(),
            )

    def reserve(self, quantity: int) -> None:
        """Promise pieces of the mug to nobody in particular."""
        with acting_for(self.id):
            pieces = [Pieces(self.shop.mug.id, quantity, new_id())]
            reservations.reserve(pieces=pieces, store_id=self.shop.store.id, expires_at=None, now=self.now())

    def now(self) -> datetime:
        """The merchant's time, which is the machine's."""
        return machine_now()

    def dispute(self, payment: Payment, minor: int, *, outcome: str = "") -> None:
        """Have a payment disputed at the processor, and decided if `outcome` is given. Only the report will tell us."""
        body = {"payment_id": payment.gateway_reference, "amount_minor": minor}
        opened = self.control("POST", "disputes", body)
        if outcome:
            self.control("POST", f"disputes/{opened['id']}/close", {"outcome": outcome})

    def plant(self, *faults: dict[str, Any]) -> None:
        """Plant faults at the processor."""
        self.control("POST", "faults", {"faults": list(faults)})

    def faults(self) -> Any:
        """What was planted and what it hit."""
        return self.control("GET", "faults")

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control API for the account."""
        return self.processor.control(method, f"accounts/{self.shop.account.external_id}/{path}", body)

    def settle(self) -> None:
        """Close the day at the processor, let the money arrive, fetch report and statement, reconcile."""
        today = self.now().astimezone(BERLIN).date()
        self.control("POST", "close-day", {"date": str(today)})
        tomorrow = datetime.combine(today + timedelta(days=1), time(12), BERLIN)
        self.control("PUT", "clock", {"now": tomorrow.isoformat()})
        move_business_clock(self.id, to=tomorrow)
        with acting_for(self.id):
            asked = settlement.request_fetch(account_id=self.shop.account.id)
        jobs.run(asked.id)
        with acting_for(self.id):
            imports = list(ReportFile.objects.values_list("job_id", flat=True))
        for job_id in imports:
            jobs.run(job_id)
        with acting_for(self.id):
            fetched = statement_services.request_fetch(account_id=self.shop.account.id)
        jobs.run(fetched.id)
        with acting_for(self.id):
            reconciliation.reconcile(now=tomorrow)
        self.tidy()

    def tidy(self) -> None:
        """Do what runs every few seconds: deliver events, run what is due, seal the audit trail."""
        shops.run_relay()
        for _ in range(ROUNDS_MAX):
            due = jobs.due_job_ids()
            for job_id in due:
                jobs.run(job_id)
            shops.run_relay()
            if not due:
                break
        with acting_for(self.id):
            while audit.seal(now=machine_now()):
                pass


def a_trading_day(processor: RunningProcessor) -> TradingDay:
    """A merchant with a webshop paid by card and a till paid in cash, after some hours of trade, before settlement."""
    till = a_shop(articles=2)
    shop = shops.a_shop_of(till.merchant, processor)
    with acting_for(till.id):
        BankAccount.objects.create(name="Main", currency="EUR", iban=b"", hint="3000")
        FeeContract.objects.create(
            gateway_account=shop.account, valid_from="2026-01-01", basis_points=140, fixed_minor=10
        )
        ExchangeRate.objects.create(currency="JPY", base_per_unit="0.006", valid_from="2026-01-01")
    day = TradingDay(processor, shop, till)
    _a_day_at_the_counter(Counter(till))
    till.sell(1)
    handed = day.pay(5000)
    day.hand_over(handed)
    day.take_back(handed, 1)
    day.refund(handed, 5000)
    day.hand_over(day.pay(3000))
    day.pay(2500)
    partly = day.pay(7000)
    day.refund(partly, 1500)
    day.pay(4000, token="tok_decline_insufficient_funds")
    day.reserve(3)
    day.tidy()
    return day


def _a_day_at_the_counter(counter: Counter) -> None:
    """Two people's shifts with every kind of movement, a return, an order paid in parts, a Z, a deposit, and a shift that is still open."""
    first = counter.open(20_000)
    sale = counter.sell(2, 1)
    counter.take_back(sale, 1)
    order = counter.begin(2)
    counter.pay_cash(order.id, 500)
    counter.pay_cash(order.id, 2_000)
    counter.move(first, "paid_out", 300)
    second = counter.hand_over(first, Person("Nils"), off_minor=-20, reason="lost")
    counter.sell(1)
    counter.move(second, "safe_drop", 5_000)
    counter.close(second, left_minor=1_000)
    with counter.scope():
        deposits.send_deposit(
            store_id=counter.shop.store.id,
            amount=Money(10_000, "EUR"),
            person="Nils",
            day=machine_now().date(),
            now=machine_now(),
        )
    counter.open(5_000)
