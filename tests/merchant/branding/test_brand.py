"""The look of a shop: set by who may, seen by everybody, one merchant's never another's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from merchant.branding import services
from merchant.branding.models import Brand
from merchant.branding.services import Look
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.checkout.models import PaymentLink
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member
from tests.factories.papers import a_link
from tests.factories.shoppers import a_brand
from tests.merchant.branding.test_colours_and_logos import a_picture

pytestmark = pytest.mark.django_db
PATH = "/settings/brand/"


def an_open_page(merchant: Merchant) -> str:
    """Where an order of the merchant can be paid now."""
    link = a_link(merchant)
    with acting_for(merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() + timedelta(hours=1))
    return f"/pay/{link.token}/"


def test_an_owner_sets_the_look_and_shoppers_see_it_in_their_language() -> None:
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))
    fields = {
        "idempotency_key": "k1", "version": "0", "name": "Nordlicht", "accent": "1d4ed8", "welcome_en": "Hello", "welcome_de": "Guten Tag",
        "legal_en": "Line one\r\nLine two", "imprint_url": "https://shop.example/imprint",
    }  # fmt: skip

    saved = owner.post(PATH, fields | {"logo": SimpleUploadedFile("logo.png", a_picture(), "image/png")})
    page = Client().get(an_open_page(merchant), headers={"Accept-Language": "de"}).content.decode()

    assert saved.status_code == 302
    for shown in ("Nordlicht", "Guten Tag", "Line one<br>Line two", 'href="https://shop.example/imprint"'):
        assert shown in page
    css, logo = re.findall(r'"(/brand/[^"]+\.(?:css|png))"', page)
    styled, drawn = Client().get(css), Client().get(logo)
    assert (styled["Content-Type"], b"light-dark(#1D4ED8, " in styled.content) == ("text/css; charset=utf-8", True)
    assert (drawn["Content-Type"], drawn["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "immutable" in drawn["Cache-Control"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style", page)
    assert "Nordlicht" in owner.get(PATH).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"accent": "#FFFF00"}, {"imprint_url": "javascript:alert(1)"}, {"imprint_url": "https://[x.y"}, {"returns_url": "http://shop.example/"}, {"welcome_en": "x" * 201}],
    ids=["unreadable colour", "a script as an address", "half an address", "an open address", "too long"],
)  # fmt: skip
def test_what_is_refused_changes_nothing_and_stays_in_the_form(wrong: dict[str, str]) -> None:
    merchant = a_merchant()
    brand = a_brand(merchant, name="Before")
    owner = signed_in(a_staff_member(merchant, role="owner"))

    answer = owner.post(PATH, {"idempotency_key": "k1", "version": "1", "name": "After"} | wrong)

    assert answer.status_code in (400, 409)
    assert next(iter(wrong.values())) in answer.content.decode()
    with acting_for(merchant.id):
        assert (Brand.objects.get().name, Brand.objects.get().version) == ("Before", brand.version)


def test_a_form_drawn_from_an_older_version_is_refused() -> None:
    merchant = a_merchant()
    a_brand(merchant, name="First")

    with acting_for(merchant.id), pytest.raises(services.BrandChangedMeanwhile):
        services.set_brand(look=Look(name="Second"), version=0, now=machine_now())
    with acting_for(merchant.id):
        assert Brand.objects.get().name == "First"


def test_saving_without_a_file_keeps_the_logo_and_it_can_be_taken_away() -> None:
    merchant = a_merchant()
    a_brand(merchant, logo=a_picture())

    with acting_for(merchant.id):
        kept = services.set_brand(look=Look(), version=1, now=machine_now())
        assert kept.logo
        assert services.set_brand(look=Look(logo=b""), version=2, now=machine_now()).logo is None
    assert Client().get(f"/brand/{kept.id}/3/logo.png").status_code == 404


def test_another_merchant_keeps_its_own_look() -> None:
    a_brand(a_merchant(), name="Nordlicht")
    other = a_merchant(name="Other & Sons")

    page = Client().get(an_open_page(other)).content.decode()

    assert "Other &amp; Sons" in page
    assert "Nordlicht" not in page
    assert "/brand/" not in page


def test_the_look_is_previewed_as_typed_and_nothing_is_stored() -> None:
    merchant = a_merchant()
    brand = a_brand(merchant, name="Before", accent="#1D4ED8")
    owner = signed_in(a_staff_member(merchant, role="owner"))
    typed = {"version": "1", "name": "After", "accent": "#7A1F5C", "welcome_en": "Hello there"}
    logo = SimpleUploadedFile("logo.png", a_picture(), "image/png")

    part = owner.post(f"{PATH}preview/", typed | {"logo": logo}, headers={"HX-Request": "true"}).text
    half = owner.post(f"{PATH}preview/", typed | {"accent": "#7A1"}, headers={"HX-Request": "true"}).text
    whole = owner.post(f"{PATH}preview/", typed).text

    assert "<html" not in part and "<html" in whole
    for page in (part, whole):
        assert ("After" in page, "Hello there" in page, "/brand/preview/7A1F5C.css" in page) == (True, True, True)
    assert ('src="data:image/png;base64,' in part, 'src="data:' in whole) == (True, False)
    assert "#7A1 is no colour" in half and "/brand/preview/1D4ED8.css" in half
    assert 'name="name"' in whole and 'value="After"' in whole and 'name="version" value="1"' in whole
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style", whole + part)
    with acting_for(merchant.id):
        assert (Brand.objects.get().name, Brand.objects.get().version) == ("Before", brand.version)


def test_the_colours_of_the_preview_are_those_that_can_be_read() -> None:
    styled = Client().get("/brand/preview/7A1F5C.css")

    assert (styled.status_code, styled["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert ".brand-preview" in styled.text and "#7A1F5C" in styled.text
    assert [Client().get(f"/brand/preview/{one}.css").status_code for one in ("FFFF00", "red", "x}body{")] == [404] * 3


def test_who_may_not_set_the_look_previews_none() -> None:
    merchant = a_merchant()

    assert signed_in(a_staff_member(merchant, role="auditor")).post(f"{PATH}preview/", {"name": "x"}).status_code == 403
    assert signed_in(a_staff_member(merchant, role="owner")).get(f"{PATH}preview/").url == PATH
