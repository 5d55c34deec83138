"""Who a REST request is, and how soon it stops being that."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from merchant.accounts import callers
from merchant.accounts.models import ApiKey, Device, StaffMember, User
from merchant.core.clock import machine_now
from merchant.core.rest import MerchantView
from merchant.core.tenancy import acting_for, current_scope
from merchant.merchants.models import Store
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store, an_api_key

pytestmark = pytest.mark.django_db


class StoresView(MerchantView):
    right = "store.read"

    def get(self, request: Request) -> Response:
        codes = list(Store.objects.values_list("code", flat=True))
        return Response({"codes": codes, "actor": current_scope().actor.kind})

    post = get


def ask(header: str = "", *, user: User | None = None, merchant_id: Any = None, method: str = "get") -> HttpResponse:
    request = getattr(APIRequestFactory(enforce_csrf_checks=True), method)("/", HTTP_AUTHORIZATION=header)
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    if merchant_id:
        request.session["merchant_id"] = str(merchant_id)
    response = StoresView.as_view()(request)
    return response.render() if isinstance(response, Response) else response


def test_a_tablet_works_for_its_merchant_alone() -> None:
    store = a_store(a_merchant())
    a_store(a_merchant())
    _, token = a_device(a_register(store))

    response = ask(f"Device {token}")

    assert response.data == {"codes": [store.code], "actor": "register"}  # type: ignore[attr-defined]


def test_a_second_request_of_a_tablet_costs_no_statement_to_know_it() -> None:
    _, token = a_device(a_register(a_store(a_merchant())))
    callers.find_device(token)

    with CaptureQueriesContext(connection) as statements:
        caller = callers.find_device(token)

    assert len(statements) == 0
    assert caller is not None
    assert caller.register is not None
    assert (caller.register.currency, caller.register.zone) == ("EUR", "Europe/Berlin")


def test_a_revoked_tablet_is_refused_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    device, token = a_device(a_register(a_store(a_merchant())))
    assert ask(f"Device {token}").status_code == 200

    Device.across_merchants.filter(pk=device.pk).update(revoked_at=machine_now())
    now = callers.time.monotonic()
    monkeypatch.setattr(callers.time, "monotonic", lambda: now + 1.0)

    response = ask(f"Device {token}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Device")


def test_a_key_without_the_scope_is_told_which_right_is_missing() -> None:
    _, token = an_api_key(a_merchant(), scopes=["payments"])

    response = ask(f"Bearer {token}")

    assert response.status_code == 403
    assert b"right_missing" in response.content
    assert b"store.read" in response.content


def test_an_expired_key_is_refused() -> None:
    key, token = an_api_key(a_merchant(), scopes=["catalog"])
    assert ask(f"Bearer {token}").status_code == 200

    ApiKey.across_merchants.filter(pk=key.pk).update(expires_at=machine_now() - timedelta(seconds=1))
    callers.forget()

    assert ask(f"Bearer {token}").status_code == 401


def test_a_token_of_one_kind_is_not_one_of_another() -> None:
    _, key = an_api_key(a_merchant(), scopes=["catalog"])

    assert ask(f"Device {key}").status_code == 401
    assert ask("Bearer ").status_code == 401
    assert ask().status_code == 401


def test_a_person_of_two_merchants_works_for_the_chosen_one() -> None:
    one, other = a_merchant(), a_merchant()
    store = a_store(other)
    member = a_staff_member(one)
    a_staff_member(other, user=member.user)

    assert ask(user=member.user).status_code == 403
    assert ask(user=member.user, merchant_id=other.id).data["codes"] == [store.code]  # type: ignore[attr-defined]
    assert ask(user=member.user, merchant_id=a_merchant().id).status_code == 403


def test_an_owner_without_a_second_factor_reads_nothing() -> None:
    member = a_staff_member(a_merchant(), role="owner", has_second_factor=False)

    response = ask(user=member.user)

    assert response.status_code == 403
    assert b"second_factor_missing" in response.content


def test_a_cashier_may_sign_in_without_a_second_factor() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)

    assert ask(user=member.user).status_code == 200


def test_a_session_posts_nothing_without_its_csrf_token() -> None:
    member = a_staff_member(a_merchant())

    response = ask(user=member.user, method="post")

    assert response.status_code == 403
    assert b"csrf_failed" in response.content


def test_a_dismissed_person_is_nobody_to_the_merchant() -> None:
    merchant = a_merchant()
    member = a_staff_member(merchant)

    with acting_for(merchant.id):
        StaffMember.objects.filter(pk=member.pk).update(is_active=False)

    assert ask(user=member.user).status_code == 403
