"""A day of honest trade is proven; planted faults are expected, and nothing else is."""

from __future__ import annotations

import io
import json
import threading
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.tenancy import acting_for
from payments.reconciliation.desk.services import Choice, decide
from payments.reconciliation.models import Deviation
from reports.verify import planted, services
from reports.verify.checks.registry import CHECKS
from reports.verify.look import Planted
from tests.factories import a_merchant
from tests.reports.verify.trade import a_trading_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")


@pytest.fixture
def day(processor):
    return a_trading_day(processor)


def broken(day, planted=()):
    lines = services.verify(merchant_id=day.id, planted=planted)
    return {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds}


def test_a_day_holds_before_and_after_its_settlement(day):
    assert broken(day) == {}

    day.settle()

    assert broken(day) == {}
    lines = {line.check.name: line.findings for line in services.verify(merchant_id=day.id)}
    assert len(lines) == len(CHECKS)
    assert lines["processor.processor_agrees"].counted == 7
    assert lines["settling.clearing_is_open_items"].items == []
    assert lines["settling.transit_is_open_payouts"].items == []
    assert lines["books.customers_stand"].items[0]["prepayments_minor"] == 8000


def test_planted_faults_are_the_only_exceptions_and_their_amounts_stand_where_they_belong(day):
    day.plant(
        {"kind": "settle_short", "amount_minor": 300, "match": {"nth": 2}},
        {"kind": "leave_out", "match": {"nth": 3}},
        {"kind": "fee_change", "basis_points": 200, "fixed_minor": 10, "count": 1},
        {"kind": "payout_short", "amount_minor": 77},
    )
    day.settle()
    expected = planted.expected_of(day.faults())

    assert sorted(one.kind for one in expected) == ["amount", "fee", "missing_in_report", "short_payout"]
    assert broken(day, expected) == {}
    assert set(broken(day)) == {"exceptions.exceptions_are_the_planted"}
    assert set(broken(day, [*expected, Planted("not_ours", 1, "x")])) == {"exceptions.exceptions_are_the_planted"}
    assert set(broken(day, None)) == {"exceptions.exceptions_are_the_planted"}
    lines = {line.check.name: line.findings for line in services.verify(merchant_id=day.id, planted=expected)}
    assert {row["what"] for row in lines["settling.clearing_is_open_items"].items} == {
        "not settled yet",
        "settled with a difference",
    }
    assert [row["minor"] for row in lines["settling.transit_is_open_payouts"].items] == [77]


def test_a_planted_exception_that_a_person_wrote_off_still_counts(day):
    day.plant({"kind": "payout_short", "amount_minor": 77})
    day.settle()
    expected = planted.expected_of(day.faults())
    with acting_for(day.id):
        choice = Choice("write_off", "bank's fee")
        decide(exception_id=Deviation.objects.get().id, choice=choice, role="owner", now=day.now())
    day.tidy()

    assert broken(day, expected) == {}


def test_verify_changes_nothing(day):
    tables = [
        name for (name,) in db.rows("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1")
    ]
    written = lambda: {  # noqa: E731
        table: db.rows(f"SELECT count(*), max(xmin::text::bigint) FROM {table}") for table in tables
    }
    before = written()

    services.verify(merchant_id=day.id)

    assert written() == before


def test_the_command_prints_a_table_and_ends_with_one_when_something_is_broken(day, tmp_path, settings):
    settings.SANDBOX_CONTROL_KEY = day.processor.control_key
    out = io.StringIO()
    call_command("verify", "--merchant", str(day.id), stdout=out)
    assert f"{len(CHECKS)} of {len(CHECKS)} checks hold." in out.getvalue()
    assert "BROKEN" not in out.getvalue()

    claimed = tmp_path / "planted.json"
    claimed.write_text(json.dumps([{"kind": "amount", "amount_minor": -300, "reference": "OP1"}]))
    told = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify", "--merchant", str(day.id), "--json", "--planted", str(claimed), stdout=told)

    assert ended.value.code == 1
    [line] = [line for line in json.loads(told.getvalue()) if line["result"] == "broken"]
    assert line["violations"] == [
        {"difference": "planted and not found", "kind": "amount", "amount_minor": -300, "reference": "OP1", "times": 1}
    ]


def test_a_merchant_or_a_file_that_is_none_is_refused(tmp_path, day):
    with pytest.raises(CommandError, match="no merchant"):
        call_command("verify", "--merchant", "01900000-0000-7000-8000-000000000000")
    (tmp_path / "x.json").write_text("nonsense")
    with pytest.raises(CommandError, match="planted"):
        call_command("verify", "--merchant", str(day.id), "--planted", str(tmp_path / "x.json"))


def test_what_the_processor_did_behind_our_back_is_found(day):
    access = day.processor
    from payments.gateways import registry

    with acting_for(day.id):
        key = registry.access(day.shop.account).secrets["api_key"]
    import httpx

    body = {
        "reference": "NOT-OURS-1", "amount_minor": 999, "currency": "EUR", "capture": "automatic", "method": {"type": "token", "token": "tok_visa_ok"},
        "order_reference": "X",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "NOT-OURS-1"}
    assert httpx.post(f"{access.url}/v1/payments", json=body, headers=headers, trust_env=False).status_code == 201

    found = broken(day)

    assert set(found) == {"processor.processor_agrees"}
    assert found["processor.processor_agrees"][0]["difference"] == "we do not know it"


def test_an_operation_that_is_just_being_answered_is_in_flight_and_no_violation(day):
    from merchant.core.clock import machine_now
    from merchant.core.money import Money
    from payments.gateways import registry
    from payments.gateways.base import OperationRequest
    from payments.processing.authorisations import request_authorisation
    from tests.factories.orders import an_order

    order = an_order(day.shop.merchant, total_minor=1200, channel_id=day.shop.channel.id)
    with acting_for(day.id):
        operation = request_authorisation(
            order_id=order.id, method="card", amount=Money(1200, "EUR"), gateway_account=day.shop.account, now=machine_now(),
            instrument={"token": "tok_visa_ok"},
        )  # fmt: skip
        request = OperationRequest(
            operation_id=operation.id, reference=operation.reference, kind="authorise", amount=Money(1200, "EUR"), order_reference=order.number,
            captures_at_once=True, instrument={"token": "tok_visa_ok"},
        )  # fmt: skip
        assert registry.gateway("sandbox").send(request, registry.access(day.shop.account)).status == "succeeded"

    assert broken(day) == {}


def test_without_the_processors_word_nothing_is_proven(day):
    from payments.gateways.models import GatewayAccount

    with acting_for(day.id):
        GatewayAccount.objects.filter(id=day.shop.account.id).update(config={"base_url": "http://127.0.0.1:9"})

    assert set(broken(day)) == {"processor.processor_agrees"}


def test_a_merchant_that_goes_on_trading_is_proven_all_the_same(day):
    stops, troubles = threading.Event(), []

    def trade():
        try:
            while not stops.is_set():
                day.till.sell(1, 1)
                day.refund(day.pay(1500), 500)
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    thread = threading.Thread(target=trade)
    thread.start()
    try:
        found = [broken(day) for _ in range(4)]
    finally:
        stops.set()
        thread.join()

    assert troubles == []
    assert found == [{}] * 4


def test_what_is_sealed_after_the_look_began_is_no_tail_that_was_cut(monkeypatch):
    merchant = a_merchant()
    taken = services._snapshot

    @contextmanager
    def overtaken():
        with taken():
            audit._anchor(merchant.id, 7, b"", b"")
            yield

    monkeypatch.setattr(services, "_snapshot", overtaken)
    intact = [check for check in CHECKS if check.name == "machinery.audit_chain_intact"]

    [before] = services.verify(merchant_id=merchant.id, checks=intact)
    [after] = services.verify(merchant_id=merchant.id, checks=intact)

    assert before.holds
    assert not after.holds
