"""The ground of the back office's pages, and choosing a merchant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import include, path, reverse
from django.views.i18n import set_language

from merchant.core.errors import AppError, NotFound
from merchant.core.staff_pages import StaffPageView
from merchant.core.tenancy import current_scope
from merchant.merchants.models import Store
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class TooLate(AppError):
    """An example of a refusal."""

    code = "too_late"
    detail = "It is too late for this."


class StoresPage(StaffPageView):
    right = {"GET": "store.read", "POST": "staff.manage"}

    def get(self, request: HttpRequest, code: str = "") -> HttpResponse:
        if code == "refused":
            raise TooLate()
        if code and not Store.objects.filter(code=code).exists():
            raise NotFound()
        page = SimpleTemplateResponse("plain.html")
        page.resolve_template = lambda template: _Lazy()  # type: ignore[method-assign]
        return page

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(current_scope().actor.name)


class _Lazy:
    """A template that asks the database while it is drawn."""

    def render(self, context: Any, request: Any = None) -> str:
        return " ".join(store.code for store in Store.objects.all())


urlpatterns = [
    path("stores/", StoresPage.as_view()),
    path("stores/<str:code>/", StoresPage.as_view()),
    path("language/", set_language, name="language"),
    path("accounts/", include("merchant.accounts.urls")),
    path("accounts/", include("allauth.urls")),
]


@pytest.fixture(autouse=True)
def _scope_is_closed() -> Iterator[None]:
    yield
    with pytest.raises(RuntimeError):
        current_scope()


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back() -> None:
    a_staff_member(a_merchant())
    answer = Client().get("/stores/?page=2")

    assert answer["Location"] == reverse("account_login") + "?next=%2Fstores%2F%3Fpage%3D2"


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in() -> None:
    a_staff_member(a_merchant())
    answer = Client().get("/stores/", headers={"hx-request": "true"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/terminals/?wall=1", "%2Fterminals%2F%3Fwall%3D1"),
        ("https://elsewhere.example/terminals/", "%2F"),
        ("", "%2F"),
    ],
)
def test_after_the_sign_in_a_page_that_asked_for_a_part_of_itself_is_back(page: str, back: str) -> None:
    a_staff_member(a_merchant())
    answer = Client().get("/stores/", headers={"hx-request": "true", "hx-current-url": page})

    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next={back}"


def test_who_lacks_the_second_factor_is_led_to_set_it_up() -> None:
    client = signed_in(a_staff_member(a_merchant(), has_second_factor=False))

    assert client.get("/stores/")["Location"].startswith(reverse("mfa_activate_totp"))


def test_a_template_is_drawn_for_the_merchant_alone() -> None:
    merchant = a_merchant()
    store = a_store(merchant)
    a_store(a_merchant())

    assert signed_in(a_staff_member(merchant)).get("/stores/").content.decode() == store.code


def test_another_merchants_store_is_a_page_not_found() -> None:
    client = signed_in(a_staff_member(a_merchant()))

    assert client.get(f"/stores/{a_store(a_merchant()).code}/").status_code == 404


def test_who_may_not_is_told_so() -> None:
    client = signed_in(a_staff_member(a_merchant(), role="cashier"))

    assert client.post("/stores/").status_code == 403


def test_what_is_sensitive_asks_who_you_are_again() -> None:
    member = a_staff_member(a_merchant())

    assert signed_in(member).post("/stores/").status_code == 200
    late = signed_in(member, seconds_ago=901).post("/stores/")
    assert late.status_code == 302
    assert "reauthenticate" in late["Location"]


def test_who_is_asked_again_reads_why_and_what_is_next_and_the_step_is_done_once_confirmed(shared_cache: None) -> None:
    member = a_staff_member(a_merchant())
    client = signed_in(member, seconds_ago=901)

    late = client.post("/stores/", {"name": "Altona"})
    asked = client.get(late["Location"]).content.decode()
    done = client.post(late["Location"].partition("?")[0], {"password": PASSWORD, "next": "/stores/"})

    assert "Confirm that it is you" in asked and "Nothing was changed yet." in asked
    assert "who gets in or where money goes" in asked
    assert "eauthenticate to" not in asked
    assert "Berg" in done.content.decode()


def test_a_refusal_says_what_happened_to_the_money() -> None:
    answer = signed_in(a_staff_member(a_merchant())).get("/stores/refused/")

    assert answer.status_code == 409
    assert "It is too late for this." in answer.content.decode()
    assert "No money was moved." in answer.content.decode()


def test_a_person_of_two_merchants_chooses_one() -> None:
    one, other = a_merchant(), a_merchant()
    store = a_store(other)
    member = a_staff_member(one)
    a_staff_member(other, user=member.user)
    client = signed_in(member)
    session = client.session
    del session["merchant_id"]
    session.save()

    switch = client.get("/stores/")["Location"]
    assert one.name in client.get(switch).content.decode()
    answer = client.post(switch, {"merchant": str(other.id), "next": "/stores/"}, follow=True)

    assert answer.content.decode() == store.code


def test_a_merchant_one_does_not_work_for_cannot_be_chosen() -> None:
    member = a_staff_member(a_merchant())
    client = signed_in(member)

    answer = client.post(reverse("accounts_pages:merchant-switch"), {"merchant": str(a_merchant().id)})

    assert answer.status_code == 404
    assert client.session["merchant_id"] == str(member.merchant_id)


def test_the_way_back_leads_nowhere_else() -> None:
    client = signed_in(a_staff_member(a_merchant()))

    assert client.get(reverse("accounts_pages:merchant-switch"), {"next": "https://evil.example/"})["Location"] == "/"
