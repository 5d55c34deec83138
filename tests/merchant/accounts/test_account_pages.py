"""The pages about one's own account: words as we write them, moments in the merchant's zone."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import translation

from merchant.accounts.models import StaffMember, User
from merchant.core.pages.tags import sentence_case
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.factories.merchants import FOUNDED_AT

pytestmark = pytest.mark.django_db


def test_sessions_are_told_in_the_merchants_zone() -> None:
    merchant = a_merchant()
    member = a_staff_member(merchant)
    client = signed_in(member)
    UserSession.objects.create(
        user=member.user, session_key=client.session.session_key, ip="192.0.2.1", user_agent="x", created_at=FOUNDED_AT
    )

    page = client.get(reverse("usersessions_list")).content.decode()

    assert f"({merchant.zone})" in page
    assert "(UTC)" not in page


def test_the_two_factor_page_is_in_sentence_case() -> None:
    page = signed_in(a_staff_member(a_merchant())).get(reverse("mfa_index")).content.decode()

    headings = [re.sub(r"\s+", " ", words).strip() for words in re.findall(r"<(?:h1|h2|title)>([^<]*)<", page)]
    assert "Two-factor authentication" in headings
    assert not [words for words in headings if re.search(r"[ -][A-SU-Z][a-z]", words)]


@pytest.mark.parametrize(
    ("language", "title", "ours"),
    [
        ("en", "Two-Factor Authentication", "Two-factor authentication"),
        ("en", "Where I am signed in", "Where I am signed in"),
        ("en", "Scan the QR code", "Scan the QR code"),
        ("de", "Neue Wiederherstellungs-Codes", "Neue Wiederherstellungs-Codes"),
    ],
)
def test_only_english_titles_lose_their_later_capitals(language: str, title: str, ours: str) -> None:
    with translation.override(language):
        assert sentence_case(title) == ours


@pytest.mark.usefixtures("shared_cache")
def test_nobody_is_invited_as_an_owner_because_no_role_was_chosen() -> None:
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))
    page = owner.get("/staff/").content.decode()
    [roles] = re.findall(r'<select[^>]*name="role".*?</select>', page, re.S)

    first = re.findall(r'<option value="([^"]*)"', roles)[0]
    answer = owner.post("/staff/", {"email": "new@roe.example", "role": first, "idempotency_key": "once"})

    assert first == ""
    assert answer.status_code in (400, 422)
    assert StaffMember.across_merchants.filter(merchant_id=merchant.id).count() == 1


@pytest.mark.usefixtures("shared_cache")
def test_who_was_invited_chooses_a_password_and_is_led_to_the_sign_in() -> None:
    owner = signed_in(a_staff_member(a_merchant(), role="owner"))
    form = {
        "email": "new@roe.example",
        "first_name": "N",
        "last_name": "W",
        "role": "cashier",
        "idempotency_key": "once",
    }
    page = owner.post("/staff/", form).content.decode()
    found = re.search(r"/accounts/password/reset/key/[^<\"\s]+", page)
    assert found is not None
    guest, word = Client(), "harbour-violin-drizzle-7"

    door = guest.get(found[0])
    asked = guest.get(door["Location"]).content.decode()
    short = guest.post(door["Location"], {"password1": "short", "password2": "short"}).content.decode()
    chosen = guest.post(door["Location"], {"password1": word, "password2": word}, follow=True).content.decode()
    again = Client().get(found[0], follow=True).content.decode()

    assert "Choose a password" in asked and "Change password" not in asked
    assert "at least 15 characters" in short
    assert "Password saved" in chosen and f'href="{reverse("account_login")}"' in chosen
    assert "This link no longer works" in again and f'href="{reverse("account_reset_password")}"' in again
    assert User.objects.get(email="new@roe.example").check_password(word)
