"""The page of offline rules: off until somebody opens it, for all locations or one, and what was typed wrong changes nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from terminals.pos.models import OfflineRules
from terminals.pos.offline_rules import get_limits
from tests.factories import a_store

pytestmark = pytest.mark.django_db


def send(client, path="/settings/offline/", **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def test_selling_offline_is_opened_for_all_and_closed_for_one(merchant, manager):
    store = a_store(merchant)
    send(manager, is_allowed="yes", sale_cash_max_minor="75.00", device_sales_max="40")
    send(manager, f"/settings/offline/{store.id}/", is_allowed="no")

    with acting_for(merchant.id):
        everywhere, here = get_limits(None), get_limits(store.id)
        assert AuditEntry.objects.filter(action="offline_rules.changed").count() == 2
    assert (everywhere.is_allowed, everywhere.sale_cash_max_minor, everywhere.device_sales_max) == (True, 7500, 40)
    assert (here.is_allowed, here.sources["is_allowed"], here.sale_cash_max_minor) == (False, "store", 7500)
    page = manager.get(f"/settings/offline/{store.id}/").content.decode()
    assert "€75.00" in page
    assert "4,320 minutes" in page


def test_amounts_are_those_of_the_stores_own_currency(merchant, manager):
    tokyo = a_store(merchant, currency="JPY")
    send(manager, f"/settings/offline/{tokyo.id}/", sale_cash_max_minor="7500")

    with acting_for(merchant.id):
        assert get_limits(tokyo.id).sale_cash_max_minor == 7500
    assert send(manager, f"/settings/offline/{tokyo.id}/", sale_cash_max_minor="75.50").status_code == 400


@pytest.mark.parametrize(
    "fields", [{"age_minutes_max": "99999999"}, {"is_allowed": "perhaps"}, {"device_sales_max": "x"}]
)
def test_what_cannot_be_is_refused_and_nothing_is_set(merchant, manager, fields):
    answer = send(manager, **{"sale_cash_max_minor": "1", **fields})

    assert answer.status_code == 400
    with acting_for(merchant.id):
        assert not OfflineRules.objects.exists()
        assert not AuditEntry.objects.filter(action="offline_rules.changed").exists()


def test_a_second_press_changes_nothing_more(merchant, manager):
    key = str(uuid4())
    for _press in range(2):
        manager.post("/settings/offline/", {"idempotency_key": key, "is_allowed": "yes"})

    with acting_for(merchant.id):
        assert AuditEntry.objects.filter(action="offline_rules.changed").count() == 1
