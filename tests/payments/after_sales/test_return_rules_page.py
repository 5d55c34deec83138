"""The page of return rules: what holds is seen with where it comes from, and who may changes one level of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from merchant.accounts import callers
from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from payments.after_sales.models import ReturnRules
from payments.after_sales.rules import get_rules
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    callers.forget()
    return a_merchant(name="Halden")


@pytest.fixture
def store(merchant):
    return a_store(merchant, name="Altona")


def send(client, path="/settings/returns/", **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def rules_of(merchant, store=None):
    with acting_for(merchant.id):
        return get_rules(store.id if store else None)


def changes(merchant):
    with acting_for(merchant.id):
        return list(AuditEntry.objects.filter(action="return_rules.changed").order_by("id"))


def nothing_is_set(merchant):
    with acting_for(merchant.id):
        return not ReturnRules.objects.exists() and not changes(merchant)


def test_a_store_sets_its_own_and_takes_it_away_again(merchant, store, manager):
    send(manager, cash_max_minor="20.00", price_days="14")
    send(manager, f"/settings/returns/{store.id}/", cash_max_minor="5,50")

    assert (rules_of(merchant).cash_max_minor, rules_of(merchant).price_days) == (2000, 14)
    own = rules_of(merchant, store)
    assert (own.cash_max_minor, own.sources["cash_max_minor"]) == (550, "store")
    assert (own.price_days, own.sources["price_days"]) == (14, "merchant")
    page = manager.get(f"/settings/returns/{store.id}/").content.decode()
    assert "€5.50" in page
    assert ">Halden</td>" in page
    assert ">Altona</td>" in page

    send(manager, f"/settings/returns/{store.id}/", cash_max_minor="")
    assert rules_of(merchant, store).cash_max_minor == 2000


def test_limits_of_a_day_are_said_per_caller_and_kept_where_the_page_does_not_show_them(merchant, manager):
    fields = {"day_limits": "here", "day_owner": "none", "day_cashier": "limit", "day_cashier_max": "30"}
    send(manager, **fields, day_manager="nothing")

    assert rules_of(merchant).day_limits == {"owner": None, "manager": 0, "cashier": 3000, "register": 0, "api_key": 0}
    page = manager.get("/settings/returns/").content.decode()
    assert "Cashier: €30.00" in page
    assert "Owner: no limit" in page
    assert "Manager: " not in page

    with acting_for(merchant.id):
        ReturnRules.objects.update(day_limits={"auditor": 100})
    send(manager, **fields)
    assert rules_of(merchant).day_limits["auditor"] == 100
    send(manager, day_limits="")
    assert rules_of(merchant).sources["day_limits"] == "default"


def test_a_change_is_in_the_audit_with_before_and_after_and_what_is_the_same_is_not(merchant, manager):
    send(manager, cash_max_minor="20.00")
    send(manager, cash_max_minor="20.00")
    send(manager, cash_max_minor="10.00")

    first, second = changes(merchant)
    assert first.data == {"before": {"cash_max_minor": None}, "after": {"cash_max_minor": 2000}}
    assert second.data == {"before": {"cash_max_minor": 2000}, "after": {"cash_max_minor": 1000}}
    assert "Last changed here by" in manager.get("/settings/returns/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cash_max_minor": "a lot"}, "write the amount like 12.50"),
        ({"cash_max_minor": "-5"}, "cannot be below nothing"),
        ({"cash_max_minor": "5.555"}, "write the amount like 12.50"),
        ({"price_days": "0"}, "from 1 to 365"),
        ({"price_days": "9" * 5000}, "from 1 to 365"),
        ({"day_limits": "here", "day_cashier": "limit"}, "write the amount like 12.50"),
        ({"day_limits": "here", "day_cashier": "plenty"}, "choose one of the words"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_set(merchant, manager, fields, words):
    answer = send(manager, **{"price_days": "7", **fields})

    assert answer.status_code == 400
    page = answer.content.decode()
    assert words in page
    assert "Nothing was changed" in page
    assert nothing_is_set(merchant)


def test_who_may_not_changes_nothing(merchant, store):
    cashier = signed_in(a_staff_member(merchant, role="cashier"))
    of_one_store = signed_in(a_staff_member(merchant, role="manager", stores=[store]))
    other = a_store(merchant)

    assert cashier.get("/settings/returns/").status_code == 200
    assert 'name="cash_max_minor"' not in cashier.get("/settings/returns/").content.decode()
    assert send(cashier, cash_max_minor="1").status_code == 403
    assert send(of_one_store, cash_max_minor="1").status_code == 404
    assert send(of_one_store, f"/settings/returns/{other.id}/", cash_max_minor="1").status_code == 404
    assert nothing_is_set(merchant)
    assert send(of_one_store, f"/settings/returns/{store.id}/", cash_max_minor="1").status_code == 302


def test_settings_lead_to_what_the_reader_may_open(merchant):
    cashier = signed_in(a_staff_member(merchant, role="cashier"))

    page = cashier.get("/settings/").content.decode()
    assert 'href="/settings/returns/"' in page
    assert 'href="/settings/offline/"' in page
    assert 'href="/settings/"' in cashier.get("/").content.decode()
