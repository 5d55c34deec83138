"""What must hold after every case: I1 to I9 of the guarantees, all on `reports/verify` and a few questions it is too patient to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.card_numbers import find_card_number
from merchant.core.clock import machine_now
from merchant.core.idempotency.models import StoredAnswer
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from orders.order.models import Order
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from reports.verify import services as verify
from tests.crash.world import World

MOVED = ("authorised", "captured", "succeeded")


def broken(world: World, log: Path) -> list[str]:
    """Return one line for each invariant that does not hold. Runs in a child."""
    found: list[str] = []
    with world.acting():
        audit.seal(now=machine_now())
    for line in verify.verify(merchant_id=world.facts.merchant_id):
        if not line.holds and line.check.name not in world.excused:
            found.append(f"{line.check.name}: {list(line.findings.violations)[:3]}")
    with world.acting():
        found += _one_charge_per_order(world)
        found += _nothing_left_open(world)
        found += _clients_know_the_truth(world)
        found += _each_key_once(world)
    found += _no_secret(world, log)
    return found


def _one_charge_per_order(world: World) -> list[str]:
    """I1 and I3: an order is charged once, and what the processor approved is what was captured."""
    lines = []
    owner = {one["reference"]: one["order_id"] for one in world.operations()}
    charged: dict[Any, int] = {}
    for theirs in world.truth():
        if theirs.kind == "authorise" and theirs.status in MOVED:
            order = owner.get(theirs.reference)
            charged[order] = charged.get(order, 0) + theirs.amount_minor
    for order in Order.objects.all():
        if charged.get(order.id, 0) > order.total_minor:
            lines.append(f"I1: order {order.number} of {order.total_minor} was charged {charged[order.id]}")
    if None in charged:
        lines.append(f"I1: the processor charged {charged[None]} that we know nothing of")
    return lines


def _nothing_left_open(world: World) -> list[str]:
    """I5 and I6, without the minutes that verify grants."""
    found = {
        "I5 operations": Operation.objects.filter(status__in=OPEN_OPERATION).count(),
        "I5 jobs": Job.objects.filter(status__in=["queued", "running", "dead"]).count(),
        "I5 payments": Payment.objects.filter(status__in=["pending", "unknown", "action_required"]).count(),
        "I6 events": OutboxEvent.objects.filter(done_at=None).count(),
    }
    return [f"{name}: {count} left" for name, count in found.items() if count and name.split()[1] not in world.excused]


def _clients_know_the_truth(world: World) -> list[str]:
    """I8: what a client was told at last is what is stored."""
    lines = []
    for checkout, (payment, stage) in world.told.items():
        shown = world.shown(checkout)
        now = (shown["payment"]["status"] if shown["payment"] else "", shown["status"])
        if now != (payment, stage):
            lines.append(f"I8: checkout {checkout} was told {payment, stage} and is {now}")
    return lines


def _each_key_once(world: World) -> list[str]:
    """I3: a key of a cash sale stands for one order, and its answer is the stored one."""
    lines = []
    for key, answer in world.cash_keys.items():
        stored = [bytes(row.body) for row in StoredAnswer.objects.filter(merchant_id=world.facts.merchant_id, key=key)]
        if stored != [answer]:
            lines.append(f"I3: key {key} has {len(stored)} stored answers, or another one than the client got")
    cash = Payment.objects.filter(method="cash").count()
    if cash != len(world.cash_keys) and "cash" not in world.excused:
        lines.append(f"I3: {len(world.cash_keys)} acknowledged cash sales and {cash} payments")
    return lines


def _no_secret(world: World, log: Path) -> list[str]:
    """I9: neither tables nor words of the processes hold a card number or a secret."""
    secrets = [*world.facts.secrets.values(), world.facts.device_token, world.facts.second_token, world.facts.api_key]
    lines = []
    texts = [("the log", log.read_text(errors="replace") if log.exists() else "")]
    for model in apps.get_models():
        names = {column.name for column in model._meta.get_fields()}
        if "merchant_id" in names:
            sql = f"SELECT coalesce(string_agg(t::text, '\n'), '') FROM {model._meta.db_table} t WHERE merchant_id = %s"
            texts.append((model._meta.db_table, db.rows(sql, [world.facts.merchant_id])[0][0]))
    for name, text in texts:
        lines += [f"I9: a secret stands in {name}" for secret in secrets if secret in text]
        if name != "the log" and any(find_card_number(word) for word in _numbers(text)):
            lines.append(f"I9: a card number stands in {name}")
    return lines


def _numbers(text: str) -> set[str]:
    import re

    return set(re.findall(r"(?<![0-9a-fA-F-])\d{15,19}(?![0-9a-fA-F-])", text))
