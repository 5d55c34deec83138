"""What is shown once, used once or founded once, while several ask for it in the same moment."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from standardwebhooks import Webhook

from merchant.accounts import device_services as devices
from merchant.accounts import services as accounts
from merchant.accounts.models import ApiKey, Device, PairingCode, User
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.merchants.models import Merchant
from merchant.messages import services as messages
from merchant.messages.models import WebhookEndpoint
from merchant.messages.services import secret_context
from reports.overview import services as inbox
from reports.overview.models import NeedOwner
from tests.clients import signed_in
from tests.factories import a_merchant, a_register, a_staff_member, a_store, an_api_key
from tests.factories.papers import a_webhook_endpoint

pytestmark = pytest.mark.django_db(transaction=True)
TABS = 8
FOUNDER = {
    "merchant_name": "Roe & Daughters", "country": "SE", "first_name": "Mara", "last_name": "Roe", "password": "harbour-violin-drizzle-92",
}  # fmt: skip


def test_of_founders_at_once_one_owns_the_installation_and_the_others_are_told(at_once: Any) -> None:
    def found(number: int) -> int:
        told = {**FOUNDER, "email": f"mara{number}@roe.example"}
        return int(Client().post("/setup/", told).status_code)

    outcomes = Counter(at_once(TABS, found))

    assert outcomes[302] == 1 and set(outcomes) <= {302, 404, 409}
    assert (Merchant.objects.count(), User.objects.count()) == (1, 1)
    late = {**FOUNDER, "email": "late@roe.example"}
    assert Client().post("/setup/", late).status_code == 404


def test_of_two_tabs_that_roll_a_webhooks_secret_both_new_ones_sign(at_once: Any) -> None:
    merchant = a_merchant()
    endpoint = a_webhook_endpoint(merchant)

    def roll(_number: int) -> str:
        with acting_for(merchant.id):
            return messages.roll_secret(endpoint_id=endpoint.id, now=machine_now()).secret

    shown = at_once(2, roll)

    with acting_for(merchant.id):
        row = WebhookEndpoint.objects.get()
        held = {
            vault.open_secret(sealed, context=secret_context(row.id)) for sealed in (row.secret, row.previous_secret)
        }
    assert held == set(shown)
    assert all(Webhook(secret) for secret in shown)


def test_a_pairing_code_binds_one_tablet_and_only_the_last_one_shown_works(at_once: Any) -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))

    def issue(_number: int) -> str:
        with acting_for(merchant.id):
            return devices.issue_pairing_code(subject=f"register:{register.id}", now=machine_now())

    codes = at_once(TABS, issue)
    live = PairingCode.across_merchants.filter(used_at=None, expires_at__gt=machine_now())
    assert live.count() == 1

    def pair(number: int) -> str:
        try:
            devices.pair_register(code=codes[number // 2], device_name="T", now=machine_now())
        except devices.PairingCodeRefused:
            return "refused"
        return "paired"

    assert Counter(at_once(2 * TABS, pair)) == {"paired": 1, "refused": 2 * TABS - 1}
    with acting_for(merchant.id):
        assert Device.objects.count() == 1


def test_an_invitation_is_accepted_once_however_many_tabs_choose_a_password(
    at_once: Any, settings: Any, valkey_url: str
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": valkey_url}}
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))
    form = {"email": "new@roe.example", "first_name": "N", "last_name": "W", "role": "cashier"}
    page = owner.post("/staff/", {**form, "idempotency_key": str(uuid4())}).content.decode()
    user = User.objects.get(email="new@roe.example")
    path = page.split("/accounts/password/reset/key/")[1].split("<")[0].split('"')[0].strip()
    tabs = [Client() for _ in range(TABS)]
    doors = [tab.get(f"/accounts/password/reset/key/{path}")["Location"] for tab in tabs]

    def choose(number: int) -> bool:
        word = f"harbour-violin-drizzle-{number}"
        answer = tabs[number].post(doors[number], {"password1": word, "password2": word})
        return bool(answer.status_code == 302)

    chosen = at_once(TABS, choose)

    assert chosen.count(True) == 1
    user.refresh_from_db()
    assert user.check_password(f"harbour-violin-drizzle-{chosen.index(True)}")


def test_two_people_who_take_the_same_things_at_once_are_both_answered_and_one_sees_to_them(at_once: Any) -> None:
    merchant = a_merchant()
    people = [a_staff_member(merchant) for _ in range(TABS)]
    keys = [f"unknown-{number}" for number in range(5)]

    def take(number: int) -> int:
        with acting_for(merchant.id):
            taken = keys if number % 2 else keys[::-1]
            return inbox.give(keys=taken, member_id=people[number].id, now=machine_now())

    assert at_once(TABS, take) == [len(keys)] * TABS
    with acting_for(merchant.id):
        assert len(set(NeedOwner.objects.values_list("member_id", flat=True))) == 1
        assert NeedOwner.objects.count() == len(keys)


def test_of_two_that_roll_one_key_at_once_one_makes_a_successor_and_the_other_moves_nothing(at_once: Any) -> None:
    merchant = a_merchant()
    key, _secret = an_api_key(merchant)

    def roll(_number: int) -> str:
        with acting_for(merchant.id):
            try:
                return str(accounts.roll_api_key(key_id=key.id, now=machine_now())[0].id)
            except accounts.KeyRolled:
                return "refused"

    made = at_once(2, roll)

    assert made.count("refused") == 1
    with acting_for(merchant.id):
        assert {str(row.id) for row in ApiKey.objects.all()} == {str(key.id), *made} - {"refused"}
        assert AuditEntry.objects.filter(action="api_key.rolled").count() == 1
        assert AuditEntry.objects.filter(action="api_key.created").count() == 1
