"""Signing in: second factors, guesses, sessions, and the log of it all."""

from __future__ import annotations

import time
from typing import Any

import pytest
import time_machine
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from merchant.accounts.adapter import signed_in_recently
from merchant.accounts.invitations import invitation_url
from merchant.accounts.models import StaffMember, User
from merchant.core.audit.models import AuditEntry
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]

SECRET = "JBSWY3DPEHPK3PXP"


def with_app(member: StaffMember) -> StaffMember:
    """Give a member an authenticator app whose seed the test knows."""
    Authenticator.objects.filter(user=member.user).delete()
    Authenticator.objects.create(user=member.user, type="totp", data={"secret": get_adapter().encrypt(SECRET)})
    return member


def code(*, step: int = 0) -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + step))


def give_password(client: Client, email: str, password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password}, **headers)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def actions() -> list[str]:
    return list(AuditEntry.across_merchants.order_by("id").values_list("action", flat=True))


def test_nobody_signs_up() -> None:
    answer = Client().post(reverse("account_signup"), {"email": "new@example.com", "password1": PASSWORD})

    assert answer.status_code in (200, 403)
    assert User.objects.count() == 0


def test_an_owner_is_in_after_password_and_code_and_not_before() -> None:
    member = with_app(a_staff_member(a_merchant()))
    client = Client()

    first = give_password(client, member.user.email)
    assert first["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)

    client.post(first["Location"], {"code": code()})

    assert is_in(client)
    assert actions() == ["sign_in.succeeded"]


def test_a_code_is_good_once_even_while_its_time_lasts() -> None:
    member = with_app(a_staff_member(a_merchant()))
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        used = code(step=1)
        one, other = Client(), Client()
        give_password(one, member.user.email)
        one.post(reverse("mfa_authenticate"), {"code": used})
        assert is_in(one)

        clock.shift(45)
        give_password(other, member.user.email)
        other.post(reverse("mfa_authenticate"), {"code": used})

        assert not is_in(other)


def test_a_second_factors_seed_is_not_stored_in_clear() -> None:
    member = with_app(a_staff_member(a_merchant()))

    stored = Authenticator.objects.get(user=member.user).data["secret"]

    assert SECRET not in stored
    assert get_adapter().decrypt(stored) == SECRET


def test_an_owner_without_a_second_factor_is_led_to_set_one_up() -> None:
    client = Client()
    member = a_staff_member(a_merchant(), has_second_factor=False)
    give_password(client, member.user.email)
    assert is_in(client)

    assert client.get("/api/v1/me/").json()["code"] == "second_factor_missing"
    assert client.get("/ops/")["Location"].startswith(reverse("account_login")) or client.get("/ops/").status_code in (
        302,
        403,
    )


def test_the_last_second_factor_of_an_owner_stays() -> None:
    member = with_app(a_staff_member(a_merchant()))

    signed_in(member).post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=member.user, type="totp").exists()


def test_a_cashier_may_give_the_second_factor_up() -> None:
    member = with_app(a_staff_member(a_merchant(), role="cashier"))

    signed_in(member).post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.filter(user=member.user).exists()
    assert actions() == ["second_factor.removed"]


def test_after_ten_wrong_passwords_the_right_one_is_refused_too() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)
    for _ in range(10):
        give_password(Client(), member.user.email, "wrong")

    client = Client()
    give_password(client, member.user.email)

    assert not is_in(client)
    assert actions() == ["sign_in.refused"] * 10


def test_who_guesses_from_elsewhere_locks_nobody_out() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)
    for _ in range(11):
        give_password(Client(), member.user.email, "wrong", REMOTE_ADDR="203.0.113.7")

    client = Client()
    give_password(client, member.user.email, REMOTE_ADDR="198.51.100.9")

    assert is_in(client)


def test_a_forged_forwarding_header_makes_nobody_somebody_else() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)
    for number in range(10):
        give_password(Client(), member.user.email, "wrong", HTTP_X_FORWARDED_FOR=f"10.0.{number}.1")

    client = Client()
    give_password(client, member.user.email, HTTP_X_FORWARDED_FOR="10.9.9.9")

    assert not is_in(client)


def test_an_unknown_address_is_answered_like_a_wrong_password() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)

    known = give_password(Client(), member.user.email, "wrong")
    unknown = give_password(Client(), "nobody@example.com", "wrong")

    assert known.status_code == unknown.status_code == 200
    assert known.context["form"].errors == unknown.context["form"].errors


def test_a_sign_in_gets_a_new_session_and_a_sign_out_ends_it() -> None:
    member = a_staff_member(a_merchant(), role="cashier", has_second_factor=False)
    client = Client()
    client.get(reverse("account_login"))
    before = client.session.session_key
    give_password(client, member.user.email)
    key = client.session.session_key
    assert key != before
    old = Client()
    old.cookies.update(client.cookies)

    client.post(reverse("account_logout"))

    assert old.get("/api/v1/me/").status_code == 401
    assert actions() == ["sign_in.succeeded", "sign_in.ended"]


def test_an_invited_person_chooses_a_password_with_the_link_once() -> None:
    user = User.objects.create_user("mara@example.com", None)
    link = invitation_url(user)
    client = Client()
    address = client.get(link)["Location"]

    client.post(address, {"password1": PASSWORD, "password2": PASSWORD})

    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert Client().get(link).status_code == 200  # says that the link was used


@pytest.mark.parametrize(
    "password", ["fourteen chars", "passwordpassword", "111111111111111", "my tillsyn password", "x y" * 43]
)
def test_a_weak_password_is_refused(password: str) -> None:
    user = User.objects.create_user("mara@example.com", None)
    client = Client()
    address = client.get(invitation_url(user))["Location"]

    client.post(address, {"password1": password, "password2": password})

    user.refresh_from_db()
    assert not user.has_usable_password()


def test_passwords_are_hashed_with_argon2id() -> None:
    user = User.objects.create_user("mara@example.com", PASSWORD)

    assert user.password.startswith("argon2$argon2id$")


def test_setting_up_a_second_factor_counts_as_signing_in_and_losing_one_does_not(rf: Any) -> None:
    member = a_staff_member(a_merchant())
    request = rf.post(reverse("mfa_activate_totp"))
    request.user, request.session = member.user, signed_in(member, seconds_ago=1000).session
    told = {
        "sender": Authenticator,
        "request": request,
        "user": member.user,
        "authenticator": Authenticator(type="totp"),
    }

    signals.authenticator_removed.send(**told)
    assert not signed_in_recently(request)
    signals.authenticator_added.send(**told)

    assert signed_in_recently(request)
