"""`manage.py demo_load`: once is enough, and a second time changes nothing."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command

from inventory.pricing.models import TaxRate
from merchant.accounts.approvals.models import StaffPin
from merchant.accounts.models import User
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Register
from merchant.messages.models import WebhookEndpoint
from payments.accounting import plans
from payments.routing import queries as routing
from reports.exports import services as exports
from reports.exports.formats.registry import BOOK_FORMATS
from reports.exports.services import ExportOrder
from tests.processor import RunningProcessor


@pytest.mark.django_db
def test_loading_twice_makes_one_merchant_and_keeps_its_sign_ins(demo_installation: Path):
    call_command("demo_load", verbosity=0)
    first = (demo_installation / "demo.json").read_text()

    call_command("demo_load", verbosity=0)

    assert (demo_installation / "demo.json").read_text() == first
    assert Merchant.objects.count() == 1
    assert Register.across_merchants.count() == 10
    assert User.objects.count() == 4


@pytest.mark.django_db
def test_a_demo_whose_webshop_port_another_program_has_by_now_takes_another(demo_installation: Path):
    call_command("demo_load", verbosity=0)
    demo = json.loads((demo_installation / "demo.json").read_text())
    old = demo["webshop_port"]

    with socket.create_server(("127.0.0.1", old)):
        call_command("demo_load", verbosity=0)

    moved = json.loads((demo_installation / "demo.json").read_text())
    with acting_for(UUID(demo["merchant_id"])):
        urls = list(WebhookEndpoint.objects.values_list("url", flat=True))
    assert moved["webshop_port"] != old
    assert urls == [f"http://127.0.0.1:{moved['webshop_port']}/webhooks"]
    assert moved | {"webshop_port": old} == demo
    call_command("demo_load", verbosity=0)
    assert json.loads((demo_installation / "demo.json").read_text()) == moved


@pytest.mark.django_db
def test_who_may_allow_at_a_till_has_a_pin_that_is_told(demo_installation: Path):
    call_command("demo_load", verbosity=0)
    demo = json.loads((demo_installation / "demo.json").read_text())

    pins = {person["role"]: person["pin"] for person in demo["sign_ins"]}

    assert [role for role, pin in pins.items() if pin] == ["owner", "manager"]
    assert all(len(pins[role]) == 6 for role in ("owner", "manager"))
    with acting_for(UUID(demo["merchant_id"])):
        rows = {row.member.role: row for row in StaffPin.objects.select_related("member")}
        assert {role: check_password(pins[role], row.pin_hash) for role, row in rows.items()} == {
            "owner": True,
            "manager": True,
        }


@pytest.mark.django_db
def test_what_it_writes_down_only_its_user_can_read(demo_installation: Path):
    call_command("demo_load", verbosity=0)

    for name in ("demo.json", "demo/terminals.json"):
        assert stat.S_IMODE((demo_installation / name).stat().st_mode) == 0o600
    terminals = json.loads((demo_installation / "demo" / "terminals.json").read_text())
    assert len(terminals) == 10
    assert {"serial", "token", "terminal_key", "sandbox_url", "ws_url"} <= set(terminals[0])


@pytest.mark.django_db
def test_the_demo_has_two_accounts_of_different_fees_and_rules_between_them(
    demo_installation: Path, processor: RunningProcessor
):
    call_command("demo_load", verbosity=0)
    demo = json.loads((demo_installation / "demo.json").read_text())
    [second] = demo["processor"]["also"]

    with acting_for(UUID(demo["merchant_id"])):
        plan = routing.current_plan()
        names = [account.name for account in routing.list_accounts(now=machine_now())]

    assert names == ["Sandbox", "Sandbox Nord"]
    assert [rule["name"] for rule in plan.rules] == ["Small amounts", "Everything else"]
    fees = [
        processor.control("GET", f"accounts/{name}")["fee_basis_points"]
        for name in (demo["processor"]["account"], second)
    ]
    assert fees == [140, 190]
    assert [fault["kind"] for fault in processor.control("GET", f"accounts/{second}/faults")] == ["not_processed"]


@pytest.mark.django_db
def test_without_a_processor_nothing_is_made_and_the_reason_is_told(demo_installation: Path, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    with pytest.raises(CommandError, match="sandbox processor"):
        call_command("demo_load", verbosity=0)

    assert Merchant.objects.count() == 0
    assert not (demo_installation / "demo.json").exists()


@pytest.mark.django_db
def test_the_demo_merchant_can_hand_its_journals_out_at_once(demo_installation: Path, processor: RunningProcessor):
    call_command("demo_load", verbosity=0)
    demo = json.loads((demo_installation / "demo.json").read_text())

    with acting_for(UUID(demo["merchant_id"])):
        finder = plans.Finder(plans.plan_in_force().lines)
        rates = TaxRate.objects.values_list("rate_basis_points", flat=True)
        numbers = [finder.find(kind, str(rate)) for kind in ("sales", "sales_returns", "vat_payable") for rate in rates]
        files = [
            exports.request_export(
                ExportOrder(kind, {"date_from": "2026-11-01", "date_to": "2026-11-30"}), now=machine_now()
            )
            for kind in BOOK_FORMATS
        ]

    assert numbers
    assert None not in numbers
    assert len(files) == 7
