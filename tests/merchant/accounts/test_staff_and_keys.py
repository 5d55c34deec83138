"""People and keys: who may give rights, and what happens to those who lose them."""

from typing import Any

import pytest

from merchant.accounts import callers
from merchant.accounts.models import ApiKey, StaffMember, User
from merchant.core.audit.models import AuditEntry
from tests.clients import signed_in, with_key
from tests.factories import a_merchant, a_staff_member, a_store, an_api_key

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.across_merchants.order_by("id").values_list("action", flat=True))


def test_a_keys_secret_is_shown_once_and_stored_nowhere() -> None:
    client = signed_in(a_staff_member(a_merchant()))

    made = client.post("/api/v1/api-keys/", {"name": "Shop", "scopes": ["checkout"]}, content_type="application/json")

    secret = made.json()["secret"]
    assert made.status_code == 201
    assert with_key(secret).get("/api/v1/me/").json()["name"] == "Shop"
    assert "secret" not in client.get("/api/v1/api-keys/").json()["results"][0]
    assert secret not in str(list(ApiKey.across_merchants.values()))
    assert actions() == ["api_key.created"]


def test_a_rolled_key_goes_on_beside_its_successor_until_the_overlap_ends() -> None:
    merchant = a_merchant()
    key, secret = an_api_key(merchant)
    client = signed_in(a_staff_member(merchant))

    rolled = client.post(
        f"/api/v1/api-keys/{key.id}/rolls/", {"overlap_hours": 1}, content_type="application/json"
    ).json()

    assert with_key(secret).get("/api/v1/me/").status_code == 200
    assert with_key(rolled["secret"]).get("/api/v1/me/").status_code == 200
    at_once = client.post(
        f"/api/v1/api-keys/{rolled['id']}/rolls/", {"overlap_hours": 0}, content_type="application/json"
    ).json()
    callers.forget()
    assert with_key(rolled["secret"]).get("/api/v1/me/").status_code == 401
    assert with_key(at_once["secret"]).get("/api/v1/me/").status_code == 200


def test_a_key_is_rolled_once_and_on_the_page_the_second_press_shows_no_secret() -> None:
    merchant = a_merchant()
    key, _secret = an_api_key(merchant)
    client = signed_in(a_staff_member(merchant))
    page = f"/api-keys/{key.id}/roll/"

    assert "tsk_" in client.post(page).content.decode()
    again = client.post(page)
    over_rest = client.post(f"/api/v1/api-keys/{key.id}/rolls/", {"overlap_hours": 1}, content_type="application/json")

    assert (again.status_code, over_rest.status_code, over_rest.json()["code"]) == (409, 409, "key_rolled")
    assert page not in again.content.decode()
    assert ApiKey.across_merchants.count() == 2


def test_a_revoked_key_is_refused_and_cannot_be_rolled() -> None:
    merchant = a_merchant()
    key, secret = an_api_key(merchant)
    client = signed_in(a_staff_member(merchant))

    client.post(f"/api/v1/api-keys/{key.id}/revocations/")
    callers.forget()

    assert with_key(secret).get("/api/v1/me/").status_code == 401
    assert client.post(f"/api/v1/api-keys/{key.id}/rolls/").json()["code"] == "key_revoked"
    assert ApiKey.across_merchants.count() == 1


def test_a_key_is_made_only_by_somebody_who_just_proved_who_they_are() -> None:
    client = signed_in(a_staff_member(a_merchant()), seconds_ago=901)

    answer = client.post("/api/v1/api-keys/", {"name": "Shop", "scopes": ["checkout"]}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_needed")
    assert ApiKey.across_merchants.count() == 0


def add(client: Any, **fields: Any) -> Any:
    return client.post(
        "/api/v1/staff/", {"email": "mara@example.com", "role": "cashier"} | fields, content_type="application/json"
    )


def change(client: Any, member: StaffMember, **fields: Any) -> Any:
    answer = client.patch(f"/api/v1/staff/{member.id}/", fields, content_type="application/json")
    callers.forget()
    return answer


def test_a_new_person_gets_a_link_to_choose_a_password_and_a_known_one_does_not() -> None:
    one, other = a_merchant(), a_merchant()

    first = add(signed_in(a_staff_member(one)))
    second = add(signed_in(a_staff_member(other)), email="MARA@example.com")

    assert "/accounts/password/reset/key/" in first.json()["invitation_url"]
    assert second.json()["invitation_url"] is None
    assert User.objects.filter(email__iexact="mara@example.com").count() == 1
    assert not User.objects.get(email="mara@example.com").has_usable_password()


def test_nobody_is_staff_twice() -> None:
    client = signed_in(a_staff_member(a_merchant()))
    add(client)

    assert add(client).json()["code"] == "already_staff"
    assert StaffMember.across_merchants.count() == 2


def test_the_last_owner_stays_and_nobody_changes_their_own_rights() -> None:
    merchant = a_merchant()
    owner = a_staff_member(merchant)
    client = signed_in(owner)

    assert change(client, owner, role="cashier").json()["code"] == "own_rights"
    second = a_staff_member(merchant)
    assert change(signed_in(second), owner, is_active=False).status_code == 200
    assert change(client, second, role="cashier").status_code == 403
    assert StaffMember.across_merchants.get(pk=second.pk).role == "owner"


def test_a_change_is_audited_with_before_and_after() -> None:
    merchant = a_merchant()
    store = a_store(merchant)
    member = a_staff_member(merchant, role="cashier")

    answer = change(signed_in(a_staff_member(merchant)), member, store_ids=[str(store.id)], refund_limit_minor=5000)

    entry = AuditEntry.across_merchants.get(action="staff.changed")
    assert answer.json()["store_ids"] == [str(store.id)]
    assert entry.data["before"] == {"role": "cashier", "stores": "all", "refund_limit_minor": None, "is_active": True}
    assert entry.data["after"] == {
        "role": "cashier",
        "stores": [str(store.id)],
        "refund_limit_minor": 5000,
        "is_active": True,
    }


def test_a_cashier_cannot_make_themselves_owner() -> None:
    merchant = a_merchant()
    cashier = a_staff_member(merchant, role="cashier")

    assert change(signed_in(cashier), cashier, role="owner").json()["code"] == "right_missing"
    assert StaffMember.across_merchants.get(pk=cashier.pk).role == "cashier"
    assert actions() == []


def test_a_store_of_another_merchant_is_refused() -> None:
    client = signed_in(a_staff_member(a_merchant()))

    answer = add(client, store_ids=[str(a_store(a_merchant()).id)])

    assert answer.status_code == 400
    assert StaffMember.across_merchants.count() == 1


def test_a_dismissed_person_is_signed_out_everywhere() -> None:
    merchant = a_merchant()
    member = a_staff_member(merchant, role="cashier")
    browser = signed_in(member)
    assert browser.get("/api/v1/me/").status_code == 200

    change(signed_in(a_staff_member(merchant)), member, is_active=False)

    assert browser.get("/api/v1/me/").status_code in (401, 403)
