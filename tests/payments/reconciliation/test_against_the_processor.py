"""A day at the real sandbox processor with faults planted in it: exactly those are found, by type, amount and reference."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from merchant.core.clock import move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.gateways.sandbox.setup import SandboxTerms, connect_sandbox
from payments.processing.authorisations import request_authorisation
from payments.processing.refunds import request_refund
from payments.reconciliation import queries
from payments.reconciliation import services as reconciliation
from payments.reconciliation.explanation import queries as explanation
from payments.reconciliation.models import Deviation, StatementLine
from payments.reconciliation.statements import services as statement_services
from payments.records.models import Operation, Payment
from payments.records.queries import with_stage
from payments.settlement import services as settlement
from tests.balances import list_balances
from tests.events import deliver_events
from tests.factories import a_bank_account, a_fee_contract, a_merchant, a_placed_order
from tests.factories.numbers import next_number
from tests.shops import run_relay

pytestmark = pytest.mark.django_db
DAY = "2026-11-20"
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Day:
    """A merchant, its account at the processor and a bank, from noon to the next morning."""

    def __init__(self, processor):
        self.processor = processor
        self.merchant = a_merchant()
        self.external_id = f"day{next_number()}"
        move_business_clock(self.merchant.id, to=NOON)
        with acting_for(self.merchant.id):
            self.account = connect_sandbox(
                name="Sandbox", external_id=self.external_id, control_key=processor.control_key, webhook_base_url="http://127.0.0.1:9", now=NOON,
                terms=SandboxTerms(currency="EUR", zone="Europe/Berlin", merchant_name=self.merchant.name), base_url=processor.url,
            )  # fmt: skip
        a_bank_account(self.merchant)
        a_fee_contract(self.account, basis_points=140, fixed_minor=10)
        self.control("PUT", "clock", {"now": NOON.isoformat()})

    def control(self, method, path, body=None):
        return self.processor.control(method, f"accounts/{self.external_id}/{path}", body)

    def sell(self, minor):
        order = a_placed_order(self.merchant, minor=minor)
        operation = request_authorisation(
            order_id=order.id, method="card", amount=Money(minor, "EUR"), gateway_account=self.account, now=NOON,
            instrument={"token": "tok_visa_ok"},
        )  # fmt: skip
        run_relay()
        operation.refresh_from_db()
        assert operation.status == "succeeded"
        return operation

    def refund(self, operation, minor):
        refund = request_refund(payment_id=operation.payment_id, amount=Money(minor, "EUR"), reason="broken", now=NOON)
        run_relay()
        refund.refresh_from_db()
        assert refund.status == "succeeded"
        return refund

    def plant(self, *faults):
        self.control("POST", "faults", {"faults": list(faults)})

    def close(self):
        self.control("POST", "close-day", {"date": DAY})
        move_business_clock(self.merchant.id, to=NEXT_MORNING)
        self.control("PUT", "clock", {"now": NEXT_MORNING.isoformat()})
        for request in (settlement.request_fetch, statement_services.request_fetch):
            assert jobs.run(request(account_id=self.account.id).id) == "done"
            self.run_jobs()

    def run_jobs(self):
        """Run what waits, and what the events of it ask for."""
        for _ in range(10):
            deliver_events()
            waiting = list(Job.objects.filter(status="queued").values_list("id", flat=True))
            if not waiting:
                return
            for job_id in waiting:
                assert jobs.run(job_id) == "done", Job.objects.get(id=job_id).last_error
        raise AssertionError("jobs never end")


@pytest.fixture
def day(processor, db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    made = Day(processor)
    with acting_for(made.merchant.id):
        yield made


def found():
    return sorted((row.kind, row.reference, row.amount_minor) for row in Deviation.objects.filter(status="open"))


def prove(day):
    account = str(day.account.id)
    for kind, items in [
        ("clearing", queries.list_clearing_items(account)),
        ("payouts_in_transit", queries.list_transit_items(account)),
        ("suspense", queries.list_suspense_items(account)),
    ]:
        assert sum(item.amount_minor for item in items) == ledger.balance(kind, subject=account).get("EUR", 0), kind


def test_a_day_without_faults_is_reconciled_by_itself(day):
    first, _ = day.sell(4180), day.sell(1250)
    day.refund(first, 180)

    day.close()

    assert found() == []
    assert set(with_stage(Payment.objects.all()).values_list("money_stage", flat=True)) == {"reconciled"}
    assert ledger.balance("clearing") == {}
    assert ledger.balance("payouts_in_transit") == {}
    fees = ledger.balance("fees")["EUR"]
    assert ledger.balance("bank") == {"EUR": 4180 + 1250 - 180 - fees}


def test_planted_faults_are_found_and_nothing_else_is(day):
    sales = [day.sell(minor) for minor in (4180, 1250, 9900, 3300, 700)]
    short, left_out, dear, twice, _ = sales
    day.plant(
        {"kind": "settle_short", "amount_minor": 150, "match": {"reference": short.reference}},
        {"kind": "leave_out", "match": {"reference": left_out.reference}},
        {"kind": "fee_change", "basis_points": 290, "fixed_minor": 25, "match": {"reference": dear.reference}},
        {"kind": "settle_twice", "match": {"reference": twice.reference}},
        {"kind": "not_ours", "amount_minor": 1999, "count": 1},
        {"kind": "payout_short", "amount_minor": 300},
    )

    day.close()

    applied = {fault["kind"]: fault["applied"][0] for fault in day.control("GET", "faults")}
    agreed, charged = (9900 * 140 + 5000) // 10000 + 10, (9900 * 290 + 5000) // 10000 + 25
    assert found() == sorted(
        [
            ("amount", short.reference, -150),
            ("missing_in_report", left_out.reference, -1250),
            ("fee", dear.reference, agreed - charged),
            ("duplicate", twice.reference, 3300),
            ("not_ours", applied["not_ours"]["reference"], 1999),
            ("short_payout", applied["payout_short"]["reference"], -300),
        ]
    )
    prove(day)


def test_a_payout_that_never_reaches_the_bank_is_missed(day):
    day.sell(4180)
    day.plant({"kind": "payout_missing"})
    day.control(
        "POST", "bank-entries", {"date": "2026-11-21", "amount_minor": -900, "text": "RENT", "end_to_end_id": "rent-11"}
    )

    day.close()

    kinds = [(kind, minor) for kind, _, minor in found()]
    assert kinds == [("missing_payout", -(4180 - 69)), ("unexplained_bank_line", -900)]
    prove(day)


def test_fetching_and_running_again_changes_nothing(day):
    day.sell(4180)
    day.close()
    before = (
        list(Operation.objects.order_by("id").values()),
        list(Payment.objects.order_by("id").values()),
        list_balances(),
    )

    for request in (settlement.request_fetch, statement_services.request_fetch):
        job = request(account_id=day.account.id)
        jobs.run(job.id)
        job.refresh_from_db()
        assert job.result == {"fetched": []}
    result = reconciliation.reconcile(now=NEXT_MORNING)

    assert result == reconciliation.RunResult(0, 0, 0, 0, 0)
    after = (
        list(Operation.objects.order_by("id").values()),
        list(Payment.objects.order_by("id").values()),
        list_balances(),
    )
    assert after == before


def test_every_cent_of_a_day_at_the_processor_is_explained(day):
    sales = [day.sell(minor) for minor in (4180, 12900, 999, 25000)]
    day.refund(sales[1], 2900)
    day.close()

    explained = [explanation.explain_bank_line(line.id) for line in StatementLine.objects.all()]

    assert [one.unexplained_minor for one in explained] == [0] * len(explained)
    [inside] = [payout for one in explained for payout in one.payouts.values()]
    assert inside.unexplained_minor == 0
    assert (
        sum(line["net_minor"] for line in inside.lines)
        == inside.payout["amount_minor"]
        == inside.bank_lines[0]["amount_minor"]
    )
    assert {line["payment_id"] for line in inside.lines if line["kind"] == "sale"} == {
        sale.payment_id for sale in sales
    }
