"""Pair a tablet from its till's page, see it there, revoke it; who may not, and other stores' tills."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from merchant.accounts.models import Device, PairingCode
from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from tests.clients import signed_in, with_device
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]


def code_on(page: str) -> str:
    found = re.search(r'<p class="big id">([0-9A-Z]{4}) ([0-9A-Z]{4})</p>', page)
    assert found, page
    return f"{found[1]}{found[2]}"


def pair(code: str, name: str) -> Any:
    return Client().post("/api/v1/pairing/", {"code": code, "device_name": name}, content_type="application/json")


def test_a_tablet_is_paired_with_the_code_of_its_tills_page_and_stands_there() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    manager = signed_in(a_staff_member(merchant, role="manager"))
    shown = manager.post(f"/day-close/tills/{register.id}/pairing-codes/")

    answer = pair(code_on(shown.content.decode()), "Window tablet")

    assert answer.status_code == 201
    assert answer.json()["register"]["code"] == register.code
    assert "data:image/svg+xml;base64," in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    page = manager.get(f"/day-close/tills/{register.id}/").content.decode()
    assert "Window tablet" in page
    assert "big id" not in page
    assert "Window tablet" in manager.get("/settings/tablets/").content.decode()


def test_the_page_that_shows_a_code_asks_until_its_tablet_has_come_and_then_says_so() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    manager = signed_in(a_staff_member(merchant, role="manager"))
    path = f"/day-close/tills/{register.id}/tablets/"
    shown = manager.post(f"/day-close/tills/{register.id}/pairing-codes/").content.decode()
    part = {"HX-Request": "true"}

    waiting = manager.get(path, headers=part)
    token = pair(code_on(shown), "Window tablet").json()["token"]
    # A tablet fetches its articles at once, so that it was seen before the page asks.
    assert with_device(token).get("/api/v1/me/").status_code == 200
    come = manager.get(path, headers=part)

    assert f'hx-get="{path}"' in shown
    assert (waiting.status_code, waiting.content) == (204, b"")
    assert "Window tablet is paired." in come.content.decode()
    assert "hx-get" not in come.content.decode() and "big id" not in come.content.decode()
    elsewhere = signed_in(a_staff_member(merchant, role="manager", stores=[a_store(merchant)]))
    assert elsewhere.get(path).status_code == 404


def test_the_page_tells_who_made_the_code_that_still_works_and_not_the_code() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    member = a_staff_member(merchant, role="manager")
    manager = signed_in(member)
    code = code_on(manager.post(f"/day-close/tills/{register.id}/pairing-codes/").content.decode())

    page = manager.get(f"/day-close/tills/{register.id}/").content.decode()

    with acting_for(merchant.id):
        made = AuditEntry.objects.get(action="pairing_code.issued", subject=f"register:{register.id}")
    assert f"A code that {made.actor_name} made" in page
    assert made.actor_id == member.id
    assert code[:4] not in page


def test_a_till_with_a_tablet_says_who_sells_there_and_what_two_do_before_it_makes_a_code() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    manager = signed_in(a_staff_member(merchant, role="manager"))
    path = f"/day-close/tills/{register.id}/pairing-codes/"
    at_first = manager.get(f"/day-close/tills/{register.id}/").content.decode()
    a_device(register, name="Counter tablet")

    page = manager.get(f"/day-close/tills/{register.id}/").content.decode()
    asked = manager.get(path, headers={"HX-Request": "true"}).content.decode()
    with acting_for(merchant.id):
        codes_before = PairingCode.objects.count()
    shown = manager.post(path).content.decode()

    assert f'action="{path}"' in at_first and f'href="{path}"' not in at_first
    assert f'href="{path}"' in page and f'action="{path}"' not in page
    assert "<b>Counter tablet</b>" in asked and "the same numbers" in asked and f'action="{path}"' in asked
    assert codes_before == 0
    assert "<b>Counter tablet</b>" in shown
    assert pair(code_on(shown), "Window tablet").status_code == 201


def test_a_second_code_ends_the_first() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    manager = signed_in(a_staff_member(merchant, role="manager"))
    first, second = (
        code_on(manager.post(f"/day-close/tills/{register.id}/pairing-codes/").content.decode()) for _ in range(2)
    )

    assert pair(first, "Late tablet").status_code == 400
    assert pair(second, "Right tablet").status_code == 201


def test_a_revoked_tablet_sells_no_more_and_a_second_press_changes_nothing() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    device, token = a_device(register)
    manager = signed_in(a_staff_member(merchant, role="manager"))
    address, key = f"/day-close/tills/{register.id}/tablets/{device.id}/revoke/", str(uuid4())
    asked = manager.get(address).content.decode()

    answers = [manager.post(address, {"idempotency_key": key}).status_code for _ in range(2)]

    assert "Revoke the tablet" in asked
    assert answers == [302, 302]
    with acting_for(merchant.id):
        assert AuditEntry.objects.filter(action="device.revoked").count() == 1
        assert Device.objects.get(pk=device.pk).revoked_at is not None
    assert with_device(token).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("role", ["cashier", "accountant", "auditor", "support"])
def test_who_may_not_manage_devices_makes_no_code_and_revokes_nothing(role: str) -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    device, _ = a_device(register)
    client = signed_in(a_staff_member(merchant, role=role))

    asked = client.get(f"/day-close/tills/{register.id}/pairing-codes/")
    made = client.post(f"/day-close/tills/{register.id}/pairing-codes/")
    revoked = client.post(
        f"/day-close/tills/{register.id}/tablets/{device.id}/revoke/", {"idempotency_key": str(uuid4())}
    )

    assert (asked.status_code, made.status_code, revoked.status_code) == (403, 403, 403)
    with acting_for(merchant.id):
        assert not PairingCode.objects.exists()
        assert Device.objects.get(pk=device.pk).revoked_at is None


def test_tills_of_another_store_and_another_merchant_are_not_found_and_nothing_is_made() -> None:
    merchant, stranger = a_merchant(), a_merchant()
    here, there = a_store(merchant), a_store(merchant)
    member = a_staff_member(merchant, role="manager", stores=[here])
    manager = signed_in(member)
    own, other, foreign = a_register(here), a_register(there), a_register(a_store(stranger))
    device, _ = a_device(other)
    a_device(other, name="Hidden tablet")

    for register in (other, foreign):
        assert manager.post(f"/day-close/tills/{register.id}/pairing-codes/").status_code == 404
        assert manager.get(f"/day-close/tills/{register.id}/pairing-codes/").status_code == 404
    # A tablet of another store, named below a till of one's own.
    for till in (own, other):
        address = f"/day-close/tills/{till.id}/tablets/{device.id}/revoke/"
        assert manager.get(address).status_code == 404
        assert manager.post(address, {"idempotency_key": str(uuid4())}).status_code == 404

    assert "Hidden tablet" not in manager.get("/settings/tablets/").content.decode()
    with acting_for(merchant.id):
        assert not PairingCode.objects.exists()
        assert Device.objects.get(pk=device.pk).revoked_at is None
