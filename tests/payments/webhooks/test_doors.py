"""An account is remembered for a second, so that a delivery costs one statement; what changed within it is seen where it matters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import access, secret_context
from payments.webhooks import doors
from payments.webhooks.models import InboundWebhook
from tests.payments.webhooks.deliveries import deliver
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop

pytestmark = pytest.mark.django_db
NEW_SECRET = "whsec_bmV3IHNlY3JldCBvZiB0aGUgYWNjb3VudA=="


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    """A shop whose account was heard of a moment ago."""
    found = a_shop(processor)
    assert deliver(found, "evt_first", "ref").status_code == 200
    return found


def let_the_second_pass() -> None:
    """Make what is remembered as old as it would be a second later."""
    for key, (_, door) in doors._remembered.items():
        doors._remembered[key] = (0.0, door)


def give(shop: Shop, **secrets: str) -> str:
    """Replace the account's secrets and return the old one."""
    with acting_for(shop.merchant.id):
        old = access(shop.account).secrets
        account = GatewayAccount.objects.get(id=shop.account.id)
        account.secret = vault.seal(json.dumps({**old, **secrets}), context=secret_context(account.id))
        account.save()
    return str(old["webhook_secret"])


def test_a_delivery_costs_one_statement(shop: Shop, django_assert_num_queries: Any) -> None:
    with acting_for(shop.merchant.id):
        secret = access(shop.account).secrets["webhook_secret"]

    with django_assert_num_queries(1):
        assert deliver(shop, "evt_1", "ref", secret=secret).status_code == 200

    assert InboundWebhook.across_merchants.count() == 2


def test_a_new_secret_counts_at_once(shop: Shop) -> None:
    give(shop, webhook_secret=NEW_SECRET)

    assert deliver(shop, "evt_1", "ref", secret=NEW_SECRET).status_code == 200


def test_a_withdrawn_secret_is_refused_after_a_second(shop: Shop) -> None:
    old = give(shop, webhook_secret=NEW_SECRET)

    let_the_second_pass()

    assert deliver(shop, "evt_1", "ref", secret=old).status_code == 401
    assert InboundWebhook.across_merchants.count() == 1


def test_a_wrong_signature_is_refused_though_the_account_is_remembered(shop: Shop) -> None:
    assert deliver(shop, "evt_1", "ref", secret=NEW_SECRET).status_code == 401
    assert InboundWebhook.across_merchants.count() == 1


def test_an_account_that_was_switched_off_is_not_found_after_a_second(shop: Shop) -> None:
    with acting_for(shop.merchant.id):
        GatewayAccount.objects.filter(id=shop.account.id).update(is_active=False)

    let_the_second_pass()

    assert deliver(shop, "evt_1", "ref").status_code == 404
    assert InboundWebhook.across_merchants.count() == 1
