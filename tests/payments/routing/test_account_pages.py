"""An account at a processor for staff: changed with its name in the audit, its keys written and never shown."""

from __future__ import annotations

from uuid import uuid4

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.factories.orders import a_gateway_account

pytestmark = pytest.mark.django_db


def send(client, account, **fields):
    return client.post(f"/gateways/accounts/{account.id}/", {"idempotency_key": str(uuid4()), **fields})


def test_keys_are_written_sealed_and_never_shown_again():
    merchant = a_merchant()
    account = a_gateway_account(merchant, gateway="adyen", external_id="NorrskenECOM")
    owner = signed_in(a_staff_member(merchant, role="owner"))

    done = send(owner, account, name="Adyen", is_active="on", report_hmac_key="ab12cd34", report_api_key="")

    assert done.status_code == 302
    page = owner.get(f"/gateways/accounts/{account.id}/").content
    assert b"ab12cd34" not in page and b"There is one." in page and b"None yet." in page
    send(owner, account, name="Adyen Europe", is_active="on", report_hmac_key="")
    with acting_for(merchant.id):
        account = GatewayAccount.objects.get()
        assert (account.name, registry.access(account).secrets["report_hmac_key"]) == ("Adyen Europe", "ab12cd34")
        told = list(AuditEntry.objects.filter(action="gateway_account.changed").values_list("data", flat=True))
    assert "ab12cd34" not in str(told) and told[0]["secrets_written"] == ["report_hmac_key"]


def test_an_account_is_not_changed_by_who_may_not_nor_long_after_signing_in():
    merchant = a_merchant()
    account = a_gateway_account(merchant, gateway="sandbox")
    fields = {"name": "Mine", "capture_mode": "day_close", "authorisation_days": "5"}

    assert send(signed_in(a_staff_member(merchant, role="manager")), account, **fields).status_code == 403
    assert (
        send(signed_in(a_staff_member(merchant, role="owner"), seconds_ago=3600), account, **fields).status_code == 302
    )
    owner = signed_in(a_staff_member(merchant, role="owner"))
    assert send(owner, account, **(fields | {"authorisation_days": "900"})).status_code in (400, 422)
    with acting_for(merchant.id):
        assert GatewayAccount.objects.get().name == account.name
    assert send(owner, account, **fields).status_code == 302
    with acting_for(merchant.id):
        changed = GatewayAccount.objects.get()
        assert (changed.is_active, changed.config["authorisation_days"]) == (False, 5)
