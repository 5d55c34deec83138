"""Registering, placing, pairing and revoking terminals over REST."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from merchant.core.clock import machine_now
from merchant.core.ids import new_id, secret_hash
from merchant.core.tenancy import acting_for
from payments.gateways.models import GatewayAccount
from terminals.devices.models import Terminal
from tests.factories import a_merchant, a_register, a_staff_member, a_store

pytestmark = pytest.mark.django_db


class Office:
    """A merchant's back office with one store and a signed-in person."""

    def __init__(self, client, role="owner"):
        self.client = client
        self.merchant = a_merchant()
        self.store = a_store(self.merchant)
        self.register = a_register(self.store)
        self.member = a_staff_member(self.merchant, role=role)
        client.force_login(self.member.user)
        with acting_for(self.merchant.id):
            self.account = GatewayAccount.objects.create(
                id=new_id(),
                gateway="sandbox",
                name="Sandbox",
                external_id="x",
                currency="EUR",
                created_at=machine_now(),
            )

    def ask(self, method, path, body=None):
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    def add(self, serial="S1-1", **changes):
        body = {
            "name": "Counter 1",
            "serial_number": serial,
            "store_id": str(self.store.id),
            "gateway_account_id": str(self.account.id),
        }
        return self.ask("POST", "terminals/", body | changes)

    def pair(self, code, serial="S1-1"):
        return self.ask(
            "POST",
            "terminal-pairing/",
            {"code": code, "serial_number": serial, "model": "S1", "software_version": "1.0"},
        )

    def code(self, terminal_id):
        return self.ask("POST", f"terminals/{terminal_id}/pairing-codes/").json()["code"]

    def stored(self):
        with acting_for(self.merchant.id):
            return list(Terminal.objects.all())


@pytest.fixture
def office(client, settings, valkey_url):
    settings.REDIS_URL = valkey_url
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return Office(client)


def test_terminal_is_registered_paired_once_and_gets_a_token_of_which_only_the_hash_is_kept(office):
    terminal = office.add().json()
    code = office.code(terminal["id"])

    paired = office.pair(code)
    again = office.pair(code)

    assert paired.status_code == 201
    assert paired.json()["token"].startswith("tst_")
    assert again.json()["code"] == "pairing_code_refused"
    [stored] = office.stored()
    assert stored.token_hash == secret_hash(paired.json()["token"])
    assert office.ask("GET", f"terminals/{terminal['id']}/").json()["is_paired"] is True


def test_code_of_another_terminal_pairs_nothing_and_stays_usable(office):
    terminal = office.add().json()
    code = office.code(terminal["id"])

    refused = office.pair(code, serial="S9-9")

    assert refused.json()["code"] == "wrong_device"
    assert office.stored()[0].token_hash is None
    assert office.pair(code).status_code == 201


def test_serial_number_is_registered_once(office):
    office.add()

    refused = office.add(name="Counter 2")

    assert (refused.status_code, refused.json()["code"]) == (409, "terminal_known")
    assert len(office.stored()) == 1


def test_terminal_moves_to_a_register_of_its_store_only(office):
    terminal = office.add().json()
    elsewhere = a_register(a_store(office.merchant))

    moved = office.ask(
        "PATCH", f"terminals/{terminal['id']}/", {"register_id": str(office.register.id), "name": "Till 1"}
    )
    refused = office.ask("PATCH", f"terminals/{terminal['id']}/", {"register_id": str(elsewhere.id)})

    assert (moved.json()["name"], moved.json()["register_id"]) == ("Till 1", str(office.register.id))
    assert refused.json()["code"] == "register_elsewhere"
    assert office.stored()[0].register_id == office.register.id


def test_revoked_terminal_has_no_token_any_more(office):
    terminal = office.add().json()
    office.pair(office.code(terminal["id"]))

    office.ask("POST", f"terminals/{terminal['id']}/revocations/")

    assert office.stored()[0].token_hash is None


def test_terminal_of_another_merchant_does_not_exist(office, client):
    terminal = office.add().json()
    Office(client)

    assert office.ask("GET", f"terminals/{terminal['id']}/").status_code == 404
    assert office.ask("POST", f"terminals/{terminal['id']}/pairing-codes/").status_code == 404
    assert office.ask("POST", f"terminals/{terminal['id']}/cancel/").status_code == 404
    assert office.ask("POST", f"terminals/{terminal['id']}/sample-payments/").status_code == 404


def test_idle_or_absent_terminal_refuses_cancel_and_sample(office):
    terminal = office.add().json()

    assert office.ask("POST", f"terminals/{terminal['id']}/cancel/").json()["code"] == "nothing_to_cancel"
    assert office.ask("POST", f"terminals/{terminal['id']}/sample-payments/").json()["code"] == "terminal_offline"
    assert office.ask("GET", f"terminals/{terminal['id']}/sample-payments/").json() == {"results": []}
    assert office.ask("GET", f"terminals/{terminal['id']}/status/").json()["operation"] is None
