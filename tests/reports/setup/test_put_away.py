"""A business that was put away: nothing of it goes out any more, and nobody gets in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from merchant.accounts import callers
from merchant.accounts import device_services as devices
from merchant.core.clock import machine_now
from merchant.core.ids import new_id, secret_hash
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for
from merchant.merchants import queries as merchants
from merchant.merchants.models import Merchant
from merchant.messages import sending
from merchant.messages import services as messages
from merchant.messages.models import WebhookDelivery
from orders.order.models import Order
from payments.checkout.models import PaymentLink
from reports.setup import services
from terminals.devices.models import Terminal
from terminals.drivers import services as drivers
from terminals.live.services import TerminalRefused, take_line
from tests.clients import with_device, with_key
from tests.events import deliver_events
from tests.factories import a_device, a_merchant, a_register, a_store, an_api_key
from tests.factories.goods import a_sign
from tests.factories.papers import a_link, a_terminal
from tests.receiver import Receiver, a_receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> Merchant:
    return a_merchant(is_demo=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with a_receiver() as receiver:
        yield receiver


def put_away(demo: Merchant) -> None:
    with acting_for(demo.id):
        services.archive_demo(now=machine_now())
    merchants._merchants.clear()
    callers.forget()


def test_tablets_keys_terminals_and_pairing_codes_are_refused(demo: Merchant) -> None:
    register = a_register(a_store(demo))
    tablet, key = with_device(a_device(register)[1]), with_key(an_api_key(demo, scopes=["webhooks"])[1])
    terminal = a_terminal(demo)
    with acting_for(demo.id):
        Terminal.objects.filter(id=terminal.id).update(token_hash=secret_hash("tst_terminal"))
        code = devices.issue_pairing_code(subject=f"register:{register.id}", now=machine_now())
    line = take_line(token="tst_terminal", channel="here", now=machine_now())
    assert [client.get("/api/v1/webhook-endpoints/").status_code for client in (tablet, key)] == [403, 200]

    put_away(demo)

    assert [client.get("/api/v1/webhook-endpoints/").status_code for client in (tablet, key)] == [401, 401]
    with pytest.raises(TerminalRefused):
        take_line(token="tst_terminal", channel="there", now=machine_now())
    with acting_for(demo.id):
        taken = drivers.take_unsent(terminal_id=terminal.id, epoch=line.epoch, now=machine_now())
    assert (taken.is_held, taken.is_revoked) == (False, True)
    with pytest.raises(devices.PairingCodeRefused):
        devices.pair_register(code=code, device_name="Late", now=machine_now())


def test_its_links_and_signs_sell_no_more(demo: Merchant) -> None:
    link, sign, shopper = a_link(demo), a_sign(demo), Client()
    PaymentLink.across_merchants.update(expires_at=machine_now() + timedelta(days=1))
    paths = (f"/pay/{link.token}/", f"/o/{link.token}/", f"/q/{sign.token}/")
    assert [shopper.get(path).status_code for path in paths] == [200, 200, 200]
    with acting_for(demo.id):
        before = list(Order.objects.values_list("id", "status", "version"))

    put_away(demo)

    assert [shopper.get(path).status_code for path in paths] == [404, 404, 404]
    assert shopper.post(f"/pay/{link.token}/start/").status_code == 404
    assert shopper.post(f"/q/{sign.token}/").status_code == 404
    with acting_for(demo.id):
        assert list(Order.objects.values_list("id", "status", "version")) == before


def test_its_webhooks_stop_those_that_wait_too(demo: Merchant, receiver: Receiver) -> None:
    with acting_for(demo.id):
        messages.create_endpoint(url=receiver.url, topics=("payment.*",), now=machine_now())
        outbox.publish("payment.captured", f"payment:{new_id()}", {})
    deliver_events()
    put_away(demo)

    with acting_for(demo.id):
        outbox.publish("payment.captured", f"payment:{new_id()}", {})
    deliver_events()
    sending.send_webhooks_due()

    assert receiver.requests == []
    with acting_for(demo.id):
        assert [row.status for row in WebhookDelivery.objects.all()] == ["failed"]
