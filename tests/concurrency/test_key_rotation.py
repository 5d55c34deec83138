"""Data keys are rotated while people write secrets and programs read them: nothing is lost, and nobody is refused."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.core.vault import rotation
from merchant.core.vault import services as vault
from merchant.core.vault.models import DataKey
from merchant.messages import services as messages
from merchant.messages.models import WebhookEndpoint
from merchant.messages.services import secret_context
from tests.factories import a_merchant
from tests.factories.papers import a_webhook_endpoint

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS_MAX = 30


def _later() -> Any:
    return machine_now() + timedelta(minutes=11)


def test_a_secret_being_written_with_the_old_key_is_waited_for_and_keeps_its_key() -> None:
    merchant = a_merchant()
    endpoint = a_webhook_endpoint(merchant)
    is_sealed, may_commit, dropped = threading.Event(), threading.Event(), []

    def write() -> None:
        with acting_for(merchant.id), transaction.atomic():
            row = WebhookEndpoint.objects.get()
            sealed = vault.seal("whsec_late", context=secret_context(row.id))
            is_sealed.set()
            assert may_commit.wait(SECONDS_MAX)
            WebhookEndpoint.objects.filter(id=row.id).update(secret=sealed)
        connection.close()

    def drop() -> None:
        with acting_for(merchant.id):
            dropped.append(rotation.drop_old_keys(now=_later()))
        connection.close()

    with acting_for(merchant.id):
        sealed = vault.seal("whsec_first", context=secret_context(endpoint.id))
        WebhookEndpoint.objects.update(secret=sealed)
        writer = threading.Thread(target=write)
        writer.start()
        assert is_sealed.wait(SECONDS_MAX)
        rotation.rotate(now=machine_now())
        assert rotation.reseal(now=machine_now()) == 1
        dropper = threading.Thread(target=drop)
        dropper.start()
        dropper.join(0.5)
        assert dropper.is_alive()
        may_commit.set()
        writer.join(SECONDS_MAX)
        dropper.join(SECONDS_MAX)

        assert dropped == [0]
        assert (
            vault.open_secret(WebhookEndpoint.objects.get().secret, context=secret_context(endpoint.id)) == "whsec_late"
        )
        assert rotation.reseal(now=machine_now()) == 1
        assert rotation.drop_old_keys(now=_later()) == 1
        assert (
            vault.open_secret(WebhookEndpoint.objects.get().secret, context=secret_context(endpoint.id)) == "whsec_late"
        )


def test_rotating_while_secrets_are_rolled_and_read_refuses_nobody_and_loses_nothing(at_once: Any) -> None:
    merchant = a_merchant()
    endpoints = [a_webhook_endpoint(merchant).id for _ in range(4)]
    with acting_for(merchant.id):
        for endpoint_id in endpoints:
            messages.roll_secret(endpoint_id=endpoint_id, now=machine_now())
            messages.roll_secret(endpoint_id=endpoint_id, now=machine_now())

    def act(number: int) -> str:
        with acting_for(merchant.id):
            for turn in range(10):
                if number == 0:
                    rotation.rotate(now=machine_now())
                    rotation.reseal(now=machine_now(), batch=1)
                elif number == 1:
                    messages.roll_secret(endpoint_id=endpoints[turn % 4], now=machine_now())
                else:
                    row = WebhookEndpoint.objects.get(id=endpoints[turn % 4])
                    vault.open_secret(row.secret, context=secret_context(row.id))
                    vault.open_secret(row.previous_secret, context=secret_context(row.id))
        return "done"

    assert at_once(6, act) == ["done"] * 6

    with acting_for(merchant.id):
        rotation.reseal(now=machine_now())
        assert rotation.drop_old_keys(now=_later()) == 1
        assert DataKey.objects.filter(merchant_id=merchant.id).count() == 1
        assert rotation.count_unreadable() == {"": 8}
        assert rotation.count_behind() == {}
