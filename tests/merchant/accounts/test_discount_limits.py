"""Limits of discounts: each role has the default until the merchant says something else, and people read and set them on one page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from merchant.accounts import discount_limits
from merchant.accounts.discount_limits import GIVERS, Limit
from merchant.accounts.discount_pages import NAMES
from merchant.accounts.models import DiscountLimit
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return a_merchant(name="Halden")


def send(client, **fields):
    return client.post("/settings/discounts/", {"idempotency_key": str(uuid4()), **fields})


def limits(merchant):
    with acting_for(merchant.id):
        return {giver: held.limit for giver, held in discount_limits.get_limits().items()}


def changes(merchant):
    with acting_for(merchant.id):
        return [entry.data for entry in AuditEntry.objects.filter(action="discount_limits.changed").order_by("id")]


def test_the_default_is_what_it_always_was(merchant):
    none = Limit()

    assert limits(merchant) == {"owner": none, "manager": none, "cashier": Limit(1000), "register": Limit(1000)}
    assert tuple(NAMES) == GIVERS


def test_a_manager_sets_limits_and_takes_them_away(merchant, manager):
    send(manager, cashier_kind="limits", cashier_percent="12,5 %", cashier_amount="20", register_kind="none")

    assert limits(merchant)["cashier"] == Limit(1250, 2000)
    assert limits(merchant)["register"] == Limit()
    page = manager.get("/settings/discounts/").content.decode()
    assert "12.5% of a line and of an order" in page
    assert "€20.00 an order" in page
    assert 'value="12.5"' in page

    send(manager, register_kind="none")
    assert limits(merchant)["cashier"] == Limit(1000)
    assert [sorted(data["after"]) for data in changes(merchant)] == [["cashier", "register"], ["cashier"]]
    assert changes(merchant)[1] == {
        "before": {"cashier": {"percent_basis_points": 1250, "amount_minor": 2000}},
        "after": {"cashier": None},
    }


def test_the_same_again_is_not_in_the_audit(merchant):
    with acting_for(merchant.id):
        for _time in range(2):
            discount_limits.set_limits(changes={"cashier": Limit(500)}, now=machine_now())

    assert len(changes(merchant)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"cashier_kind": "limits"},
        {"cashier_kind": "limits", "cashier_percent": "101"},
        {"cashier_kind": "limits", "cashier_percent": "1.234"},
        {"cashier_kind": "limits", "cashier_percent": "nan"},
        {"cashier_kind": "limits", "cashier_percent": "1e3"},
        {"cashier_kind": "limits", "cashier_amount": "-1"},
        {"cashier_kind": "whatever"},
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_set(merchant, manager, fields):
    answer = send(manager, **{"owner_kind": "limits", "owner_percent": "50", **fields})

    assert answer.status_code == 400
    assert "Cashier" in answer.content.decode()
    assert "Nothing was changed" in answer.content.decode()
    assert changes(merchant) == []
    with acting_for(merchant.id):
        assert not DiscountLimit.objects.exists()


def test_who_may_not_changes_nothing(merchant):
    store = a_store(merchant)
    cashier = signed_in(a_staff_member(merchant, role="cashier"))
    of_one_store = signed_in(a_staff_member(merchant, role="manager", stores=[store]))

    assert cashier.get("/settings/discounts/").status_code == 200
    assert send(cashier, cashier_kind="none").status_code == 403
    assert send(of_one_store, cashier_kind="none").status_code == 404
    assert limits(merchant)["cashier"] == Limit(1000)


def test_another_merchants_limits_are_its_own(merchant, manager):
    other = a_merchant()
    send(manager, cashier_kind="none")

    assert limits(other)["cashier"] == Limit(1000)


def test_the_database_refuses_what_cannot_be(merchant):
    with acting_for(merchant.id):
        for values in ({"percent_basis_points": 10_001}, {"amount_minor": -1}):
            with pytest.raises(IntegrityError), transaction.atomic():
                DiscountLimit.objects.create(giver="cashier", **values)
