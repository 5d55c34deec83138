"""Routing against the real processor: rules, failover after a definite "not processed", and 1,000 faults without a double capture."""

from __future__ import annotations

import json
import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.gateways.sandbox.setup import SandboxTerms, connect_sandbox
from payments.processing import sending
from payments.processing.authorisations import request_routed
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from payments.routing import queries, services
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.routing.rules import Rule, Share
from tests.events import deliver_events
from tests.factories import a_merchant, a_placed_order
from tests.factories.merchants import FOUNDED_AT
from tests.factories.numbers import next_number
from tests.ports import free_port
from tests.processor import running_processor

pytestmark = pytest.mark.django_db
# `make failover` asks for a thousand; every run of the tests for some.
FAULTS_WANTED = int(os.environ.get("TILLSYN_FAULTS", "60"))
SECONDS_MAX = 900
# Asking the processor what it broke is a long answer; not after every payment.
LOOK_EVERY = 20


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A processor that leaves nobody waiting long for an answer that does not come."""
    with running_processor(tmp_path_factory.mktemp("hasty"), hold_seconds=0.02) as running:
        yield running


class Town:
    """A merchant with two accounts at the processor."""

    def __init__(self, processor):
        self.processor = processor
        self.merchant = a_merchant()
        self.first, self.second = self._account("First"), self._account("Second")

    def _account(self, name):
        with acting_for(self.merchant.id):
            return connect_sandbox(
                name=name, external_id=f"rt{next_number()}_{self.merchant.id.hex[-6:]}", control_key=self.processor.control_key,
                webhook_base_url="http://127.0.0.1:9", now=machine_now(), base_url=self.processor.url,
                terms=SandboxTerms(currency="EUR", zone="Europe/Berlin", merchant_name="Town", seed="town"),
            )  # fmt: skip

    def break_(self, account, kind, **fault):
        body = {"faults": [{"kind": kind, **fault}]}
        self.processor.control("POST", f"accounts/{account.external_id}/faults", body)

    def unplug(self, account):
        self.point(account, f"http://127.0.0.1:{free_port()}")

    def point(self, account, url):
        GatewayAccount.objects.filter(id=account.id).update(config={**account.config, "base_url": url})

    def ask(self, minor=2500, token="tok_visa_ok"):
        order = a_placed_order(self.merchant, minor=minor)
        return request_routed(
            order_id=order.id, method="card", amount=Money(minor, "EUR"), now=machine_now(), instrument={"token": token}
        )

    def attempts(self, operation):
        rows = Payment.objects.filter(order_id=operation.order_id).order_by("id")
        return [(row.gateway_account_id, row.status) for row in rows]

    def landed(self):
        """What the processor itself captured, per order's reference of ours."""
        truth = []
        for account in (self.first, self.second):
            gateway, access = registry.gateway("sandbox"), registry.access(account)
            truth += [row for row in gateway.list_truth(access) if row.kind == "authorise" and row.status == "captured"]
        return truth


@pytest.fixture
def town(hasty, db):
    made = Town(hasty)
    with acting_for(made.merchant.id):
        yield made


def send():
    while sending.send_due():
        pass


def test_a_rule_sends_a_payment_to_its_account_and_the_reason_is_kept(town):
    rule = Rule(name="large ones", shares=(Share(str(town.second.id), 100),), amount_from=2000)
    services.save_plan(rules=[rule], based_on=0, note="cheaper", now=machine_now())

    operation = town.ask()
    send()

    assert town.attempts(operation) == [(town.second.id, "captured")]
    decision = queries.find_decision(operation.payment_id)
    assert (decision.rule, decision.plan_version, decision.reason) == ("large ones", 1, "Rule “large ones”: Second.")
    assert services.replay(decision).stored == {
        **decision.outcome,
        **{name: tuple(map(tuple, decision.outcome[name])) for name in ("rules", "skipped")},
        "chain": tuple(decision.outcome["chain"]),
    }


@pytest.mark.parametrize("trouble", ["refused connection", "definite error"])
def test_a_definite_no_service_is_asked_elsewhere_within_3_seconds(town, trouble):
    if trouble == "refused connection":
        town.unplug(town.first)
    else:
        town.break_(town.first, "not_processed", count=0)

    operation = town.ask()
    begun = time.monotonic()
    send()

    assert time.monotonic() - begun < 3
    assert town.attempts(operation) == [(town.first.id, "failed"), (town.second.id, "captured")]
    second = RoutingDecision.objects.get(after_payment_id=operation.payment_id)
    assert (
        second.reason
        == "No rule matched: the first account that fits: Second, because First certainly did not process it."
    )
    assert Order.objects.get(id=operation.order_id).captured_minor == 2500


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error_500"])
def test_an_unknown_outcome_is_never_asked_elsewhere(town, kind):
    town.break_(town.first, kind)

    operation = town.ask()
    send()

    assert town.attempts(operation) == [(town.first.id, "unknown")]
    assert RoutingDecision.objects.count() == 1


def test_a_decline_is_never_asked_elsewhere(town):
    operation = town.ask(token="tok_decline_do_not_honour")
    send()

    assert town.attempts(operation) == [(town.first.id, "declined")]


def test_what_is_cancelled_after_an_unknown_is_not_asked_elsewhere_by_itself(town):
    town.break_(town.first, "timeout_before")
    operation = town.ask()
    send()

    settle()

    assert town.attempts(operation) == [(town.first.id, "failed")]


def test_nobody_who_is_left_ends_the_search(town):
    town.break_(town.first, "not_processed", count=0)
    town.break_(town.second, "not_processed", count=0)

    operation = town.ask()
    send()

    assert town.attempts(operation) == [(town.first.id, "failed"), (town.second.id, "failed")]
    assert not Operation.objects.filter(status__in=OPEN_OPERATION).exists()


def test_an_account_that_fails_three_times_is_given_a_rest(town):
    town.break_(town.first, "not_processed", count=0)
    for _ in range(3):
        town.ask()
        send()

    operation = town.ask()
    send()

    assert town.attempts(operation) == [(town.second.id, "captured")]
    assert "First does not answer" in queries.find_decision(operation.payment_id).reason


def test_rules_are_versions_and_an_older_one_overwrites_nothing(town):
    rule = Rule(name="all", shares=(Share(str(town.second.id), 100),))
    services.save_plan(rules=[rule], based_on=0, note="", now=machine_now())

    with pytest.raises(services.PlanChanged):
        services.save_plan(rules=[], based_on=0, note="", now=machine_now())

    assert list(RoutingPlan.objects.values_list("version", flat=True)) == [1]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"shares": (Share("x", 100),)},
        {"shares": ()},
        {"shares_percent": 99},
        {"methods": ("cheque",)},
        {"amount_from": 5, "amount_to": 4},
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_nothing_is_saved(town, changes):
    percent = changes.pop("shares_percent", 100)
    fields = {"name": "rule", "shares": (Share(str(town.first.id), percent),), **changes}

    with pytest.raises(services.RuleRefused):
        services.save_plan(rules=[Rule(**fields)], based_on=0, note="", now=machine_now())

    assert not RoutingPlan.objects.exists()


def test_another_merchants_account_is_no_account(town):
    account = a_gateway_account_of_somebody_else()

    with pytest.raises(services.RuleRefused):
        services.save_plan(
            rules=[Rule(name="x", shares=(Share(str(account), 100),))], based_on=0, note="", now=machine_now()
        )

    assert not RoutingPlan.objects.exists()


def a_gateway_account_of_somebody_else():
    other = a_merchant()
    account = GatewayAccount(
        merchant_id=other.id,
        gateway="sandbox",
        name="Theirs",
        external_id="theirs",
        currency="EUR",
        created_at=FOUNDED_AT,
    )
    GatewayAccount.across_merchants.bulk_create([account])
    return account.id


def settle():
    """Let everything without an answer be asked about, long after it was sent, until nothing is open."""
    long_ago = machine_now() - timedelta(seconds=120)
    for _ in range(40):
        waiting = Operation.objects.filter(status__in=["submitted", "unknown"])
        if not waiting.update(next_look_at=FOUNDED_AT, submitted_at=long_ago):
            return
        while sending.look_up_due():
            pass
        time.sleep(0.05)
    raise AssertionError("outcomes stay unknown")


def test_many_faults_capture_nothing_twice_and_lose_nothing(town):
    random, begun = Random(20261122), time.monotonic()
    kinds = ("not_processed", "timeout_before", "timeout_after", "error_500")
    for account in (town.first, town.second):
        for kind in kinds:
            town.break_(account, kind, count=0, match={"probability": 0.2})
        town.break_(account, "late_landing", count=0, seconds=0.2, match={"probability": 0.2})
    asked, unplugged, number = [], 0, 0
    while number < FAULTS_WANTED:
        is_unplugged = random.random() < 0.1
        if is_unplugged:
            town.unplug(town.first)
            unplugged += 1
        asked.append(town.ask(minor=random.randrange(100, 900_000)))
        send()
        if is_unplugged:
            town.point(town.first, town.processor.url)
        if len(asked) % LOOK_EVERY == 0:
            number = unplugged + faults_struck(town)
            deliver_events()
        assert time.monotonic() - begun < SECONDS_MAX
    time.sleep(0.5)
    settle()
    deliver_events()

    landed = {row.reference: row.amount_minor for row in town.landed()}
    owner = dict(Operation.objects.filter(reference__in=landed).values_list("reference", "order_id"))
    per_order = {}
    for reference, minor in landed.items():
        per_order.setdefault(owner[reference], []).append(minor)
    doubled = [captures for captures in per_order.values() if len(captures) > 1]
    report(
        faults=number,
        payments=len(asked),
        routes=RoutingDecision.objects.count(),
        captured=len(landed),
        doubled=len(doubled),
        seconds=round(time.monotonic() - begun),
    )
    assert number >= FAULTS_WANTED
    assert doubled == []
    for operation in asked:
        order = Order.objects.get(id=operation.order_id)
        assert order.captured_minor == sum(per_order.get(order.id, [])), order.number
        assert order.captured_minor in (0, order.total_minor)


def faults_struck(town):
    told = 0
    for account in (town.first, town.second):
        listed = town.processor.control("GET", f"accounts/{account.external_id}/faults")
        told += sum(len(fault["applied"]) for fault in listed)
    return told


def report(**figures):
    """Print the figures, and write them with the commit they belong to where `TILLSYN_RESULT` says."""
    print(", ".join(f"{number} {word}" for word, number in figures.items()))
    if path := os.environ.get("TILLSYN_RESULT"):
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        ).stdout.strip()
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(json.dumps({"commit": commit, **figures}, indent=1) + "\n")
