"""Rules edited by staff and over REST, the dry run, decisions and their replay."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from payments.routing import queries
from payments.routing.models import RoutingDecision
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_staff_member
from tests.factories.disputes import a_routing_decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(merchant):
    return a_gateway_account(merchant), a_gateway_account(merchant)


def form(client, path, **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def names(merchant):
    with acting_for(merchant.id):
        return [rule.name for rule in queries.rules_of(queries.current_plan())]


@pytest.mark.parametrize("currency", ["ZZZ", "eu", "<b>"])
def test_a_rule_of_a_currency_that_is_none_is_refused_at_its_field(merchant, accounts, manager, currency):
    fields = {f"share_{accounts[0].id}": "100", "is_active": "on", "version": "0", "name": "odd"}

    answers = [
        form(manager, "/gateways/rules/new/", currency=currency, **fields, **more)
        for more in ({}, {"amount_from": "1"})
    ]

    for answer in answers:
        page = answer.content.decode()
        assert answer.status_code == 422 and "Write the currency with its three letters, such as EUR." in page
        assert 'aria-invalid="true"' in page and 'aria-describedby="error-currency hint-currency"' in page
        assert currency not in ("ZZZ",) or f'value="{currency}"' in page
    with acting_for(merchant.id):
        assert queries.current_plan() is None


def test_everything_wrong_with_a_rule_is_told_at_once_each_at_its_field(merchant, accounts, manager):
    fields = {f"share_{account.id}": "45" for account in accounts}

    answer = form(
        manager, "/gateways/rules/new/", version="0", name=" ", amount_from="90", amount_to="9", time_to="x", **fields
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    marked = set(re.findall(r'(?:id|name)="([^"]+)"[^>]*aria-invalid="true"', page))
    assert marked == {
        "field-name",
        "field-amount_to",
        "field-time_to",
        *(f"share-{account.id}" for account in accounts),
    }
    assert "Together they come to 90; they must come to 100." in page and 'value="45"' in page
    assert names(merchant) == []


def test_a_name_that_another_rule_has_is_refused_at_its_field(merchant, accounts, manager):
    fields = {f"share_{accounts[0].id}": "100", "name": "twice"}
    form(manager, "/gateways/rules/new/", version="0", **fields)

    answer = form(manager, "/gateways/rules/new/", version="1", **fields)

    assert answer.status_code == 400 and 'id="error-name"' in answer.content.decode()
    assert names(merchant) == ["twice"]


def test_a_manager_writes_moves_and_removes_rules_each_a_version(merchant, accounts, manager):
    first, second = accounts
    assert manager.get("/gateways/rules/new/").status_code == 200
    fields = {f"share_{second.id}": "100", "fallback": str(first.id), "is_active": "on"}

    form(manager, "/gateways/rules/new/", version="0", name="large", amount_from="100", **fields)
    form(manager, "/gateways/rules/new/", version="1", name="night", time_from="22:00", time_to="06:00", **fields)
    assert names(merchant) == ["large", "night"]
    form(manager, "/gateways/rules/2/move/", version="2", to="up")
    assert names(merchant) == ["night", "large"]
    form(manager, "/gateways/rules/2/", version="3", name="larger", amount_from="200", **fields)
    assert names(merchant) == ["night", "larger"]
    form(manager, "/gateways/rules/1/move/", version="4", to="out")

    assert names(merchant) == ["larger"]
    with acting_for(merchant.id):
        assert queries.current_plan().version == 5
        assert queries.rules_of(queries.current_plan())[0].amount_from == 20000
        assert AuditEntry.objects.filter(action="routing.changed").count() == 5
    page = manager.get("/gateways/").content.decode()
    assert "larger" in page
    assert "200" in page


def test_rules_drawn_before_somebody_elses_change_are_not_saved(merchant, accounts, manager):
    fields = {f"share_{accounts[0].id}": "100", "name": "mine"}
    form(manager, "/gateways/rules/new/", version="0", **fields)

    late = form(manager, "/gateways/rules/new/", version="0", **{**fields, "name": "late"})

    assert late.status_code == 409
    assert names(merchant) == ["mine"]


def test_who_does_not_manage_sees_and_changes_nothing(merchant, accounts):
    auditor = signed_in(a_staff_member(merchant, role="auditor"))

    assert "Add a rule" not in auditor.get("/gateways/").content.decode()
    assert form(auditor, "/gateways/rules/new/", version="0", name="x").status_code == 403
    assert names(merchant) == []


def test_the_dry_run_answers_on_the_page_and_over_rest_alike(merchant, accounts, manager):
    _, second = accounts
    plan = {
        "rules": [{"name": "visa", "shares": [{"account": str(second.id), "percent": 100}], "brands": ["visa"]}],
        "based_on": 0,
    }
    saved = manager.post(
        "/api/v1/routing/plans/", plan, content_type="application/json", headers={"idempotency-key": str(uuid4())}
    )
    assert (saved.status_code, saved.json()["version"]) == (201, 1)

    known = manager.get("/api/v1/routing/route/?currency=EUR&amount_minor=500&brand=visa").json()
    unknown = manager.get("/api/v1/routing/route/?currency=EUR&amount_minor=500").json()
    page = manager.get("/gateways/?amount=5.00&brand=visa").content.decode()

    assert (known["gateway_account_id"], known["rule"]) == (str(second.id), "visa")
    assert unknown["rules"] == [{"name": "visa", "result": "the card brand is not known yet"}]
    assert known["reason"] in page.replace("&quot;", '"')
    with acting_for(merchant.id):
        assert not RoutingDecision.objects.exists()


def test_a_decision_is_found_by_its_payment_and_replayed(merchant, manager):
    decision = a_routing_decision(merchant)

    [found] = manager.get(f"/api/v1/routing/decisions/?payment={decision.payment_id}").json()["data"]
    replay = manager.get(f"/api/v1/routing/decisions/{decision.id}/replay/").json()

    assert found["reason"] == decision.reason
    assert replay["replayed"]["reason"] == decision.reason
    assert replay["now"]["gateway_account_id"] == str(decision.gateway_account_id)
    page = manager.get(f"/payments/{decision.payment_id}/").content.decode()
    assert "No rule matched" in page
