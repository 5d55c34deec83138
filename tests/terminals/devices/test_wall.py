"""The wall's page as data: counts, stores, tiles, whatever the number of terminals in three statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.core.clock import machine_now
from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from payments.gateways.models import GatewayAccount
from terminals.devices.models import Terminal
from terminals.live import feed
from terminals.live.wall import wall_page
from tests.factories import a_merchant, a_store

pytestmark = pytest.mark.django_db


def place(store, number, **state):
    account, _ = GatewayAccount.objects.get_or_create(
        external_id="x",
        defaults={
            "id": new_id(),
            "gateway": "sandbox",
            "name": "Sandbox",
            "currency": "EUR",
            "created_at": machine_now(),
        },
    )
    return Terminal.objects.create(
        store=store,
        gateway_account=account,
        name=f"{store.name} {number}",
        serial_number=f"{store.code}-{number}",
        **state,
    )


def test_wall_counts_every_state_and_shows_what_was_asked_for():
    merchant = a_merchant()
    altona, mitte = a_store(merchant), a_store(merchant, name="Mitte")
    with acting_for(merchant.id):
        for number in range(4):
            place(altona, number, state="ready", connection_channel="line")
        place(mitte, 1, state="unknown")
        feed.add(place(mitte, 2), "went_offline", "Lost its connection", now=machine_now())

        with CaptureQueriesContext(
            connection,
        ) as queries:
            everything = wall_page(stores=None)
        unclear = wall_page(stores=None, state="unknown")
        only_altona = wall_page(stores={altona.id})

    assert len(queries) <= 3
    assert {count.state: count.count for count in everything.counts if count.count} == {
        "ready": 4,
        "unknown": 1,
        "offline": 1,
    }
    assert [(store.name, len(store.tiles)) for store in everything.stores] == [("Altona", 4), ("Mitte", 2)]
    assert [store.name for store in unclear.stores] == ["Mitte"]
    assert unclear.stores[0].tiles[0].warning == "Do not charge again."
    assert [store.name for store in only_altona.stores] == ["Altona"]
    assert only_altona.events == ()
    assert [event.text for event in everything.events] == ["Lost its connection"]
