"""Locations for staff: opened with a till, described, and never opened by who works at some of them only."""

from __future__ import annotations

import re

import pytest

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Register, Store
from merchant.sales_channels.models import Channel
from tests.clients import send, signed_in
from tests.factories import a_channel, a_staff_member, a_store

pytestmark = pytest.mark.django_db
PATH = "/settings/locations/"
ALTONA = {
    "name": "Altona", "code": "ham", "country": "DE", "currency": "EUR", "zone": "Europe/Berlin", "street": "Ottenser Hauptstr. 21",
    "postcode": "22765", "city": "Hamburg", "day_cutoff": "04:00",
}  # fmt: skip


def stores_of(merchant):
    with acting_for(merchant.id):
        return list(Store.objects.order_by("id"))


def test_a_location_opens_with_a_till_and_online_goods_come_from_the_first(merchant, manager):
    webshop = a_channel(merchant)

    done = send(manager, f"{PATH}new/", **ALTONA)

    [store] = stores_of(merchant)
    assert done.url == f"{PATH}{store.id}/"
    assert (store.code, f"{store.day_cutoff:%H:%M}", store.address["city"]) == ("HAM", "04:00", "Hamburg")
    with acting_for(merchant.id):
        assert list(Register.objects.values_list("code", flat=True)) == ["HAM-1"]
        assert Channel.objects.get(id=webshop.id).stock_store_id == store.id
    assert b"Altona" in manager.get(PATH).content

    send(manager, f"{done.url}tills/", till="Bar")
    page = manager.get(done.url).content
    assert b"HAM-2" in page and b"Bar" in page


@pytest.mark.parametrize("wrong", [{"code": "x"}, {"zone": "Mars/Base"}, {"currency": "XYZ"}, {"name": " "}])
def test_a_location_that_cannot_be_is_not_opened_and_what_was_typed_stays(merchant, manager, wrong):
    answer = send(manager, f"{PATH}new/", **(ALTONA | wrong))

    assert answer.status_code == 422
    assert b"Ottenser Hauptstr. 21" in answer.content
    assert stores_of(merchant) == []


def errors_of(answer):
    return dict(re.findall(r'id="error-(\w+)">.*?</svg>([^<]+)<', answer.content.decode(), re.DOTALL))


def test_every_wrong_field_of_a_location_says_so_beside_it(merchant, manager):
    answer = send(manager, f"{PATH}new/", **(ALTONA | {"code": "x", "tax_number": "DE12", "currency": "XXQ"}))

    assert errors_of(answer) == {
        "code": "A code has 2 to 10 letters and digits.",
        "currency": "The currency is none of ISO 4217.",
        "tax_number": "DE12 is no VAT number of DE.",
    }
    assert b"3 fields are not right yet" in answer.content
    assert stores_of(merchant) == []


def test_a_vat_number_is_kept_as_its_country_writes_it_and_a_wrong_one_changes_nothing(merchant, manager):
    altona = a_store(merchant)

    refused = send(manager, f"{PATH}{altona.id}/", name="Altona", day_cutoff="00:00", tax_number="DE 12 345")
    saved = send(manager, f"{PATH}{altona.id}/", name="Altona", day_cutoff="00:00", tax_number="de 123.456.789")

    assert errors_of(refused) == {"tax_number": "DE 12 345 is no VAT number of DE."}
    assert (refused.status_code, saved.status_code) == (422, 302)
    assert stores_of(merchant)[0].tax_number == "DE123456789"


def test_a_till_whose_name_is_taken_is_refused_beside_its_own_field_only(merchant, manager):
    altona = a_store(merchant)
    send(manager, f"{PATH}{altona.id}/tills/", till="Bar")

    again = send(manager, f"{PATH}{altona.id}/tills/", till="bar")

    assert errors_of(again) == {"till": "Altona has a till called bar."}
    assert b'value="Altona"' in again.content


def test_who_works_at_one_location_changes_it_and_opens_no_other(merchant):
    altona, other = a_store(merchant), a_store(merchant)
    client = signed_in(a_staff_member(merchant, role="manager", stores=[altona]))

    assert send(client, f"{PATH}{altona.id}/", name="Ottensen", day_cutoff="00:00").status_code == 302
    assert send(client, f"{PATH}{other.id}/", name="Mine").status_code == 404
    assert send(client, f"{PATH}new/", **ALTONA).status_code == 404
    assert [store.name for store in stores_of(merchant)] == ["Ottensen", "Altona"]
