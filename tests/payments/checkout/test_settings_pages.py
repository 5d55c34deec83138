"""Delivery and signs for staff: what customers are offered, and what is printed."""

from __future__ import annotations

import base64

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from payments.checkout.models import DeliveryMethod, DeliveryRate, Sign
from tests.clients import send, signed_in
from tests.factories import a_channel, a_merchant, a_staff_member, a_store, a_tax_class, a_variant
from tests.factories.goods import a_delivery_method, a_sign

pytestmark = pytest.mark.django_db


def rates_of(merchant):
    with acting_for(merchant.id):
        rows = DeliveryRate.objects.select_related("channel").order_by("id")
        return [
            (row.price_minor, row.channel.code if row.channel else "", row.countries, row.weight_grams_max, row.value_from_minor)
            for row in rows
        ]  # fmt: skip


def a_line(*texts):
    return dict(zip(("price", "channel", "zone", "countries", "weight", "value"), texts, strict=True))


def columns(*lines):
    return {name: [line[name] for line in lines] for name in lines[0]}


def test_a_way_of_delivery_is_made_and_changed(merchant, manager):
    tax = a_tax_class(merchant)
    fields = {"name": "Parcel", "price": "4,90", "tax_class": tax.code, "countries": "de, SE", "is_active": "on"}
    made = send(manager, "/settings/delivery/new/", code="parcel", currency="EUR", **fields)

    with acting_for(merchant.id):
        method = DeliveryMethod.objects.get()
    assert made["Location"] == f"/settings/delivery/{method.id}/"
    assert (method.code, method.price_minor, method.countries, method.is_active) == ("parcel", 490, ["DE", "SE"], True)
    send(manager, made["Location"], **{**fields, "price": "5.90", "free_from": "50", "is_active": ""})
    with acting_for(merchant.id):
        method.refresh_from_db()
        assert AuditEntry.objects.filter(action="delivery_method.set").count() == 2
    assert (method.price_minor, method.free_from_minor, method.is_active, method.currency) == (590, 5000, False, "EUR")
    assert "Not offered" in manager.get("/settings/delivery/").content.decode()


def test_rates_are_replaced_together_and_a_wrong_line_changes_none(merchant, manager):
    method, channel = a_delivery_method(merchant), a_channel(merchant, kind="webshop")
    path = f"/settings/delivery/{method.id}/rates/"
    near = a_line("4.90", channel.code, "Near", "DE, AT", "5000", "")
    far = a_line("9.90", "", "Far", "se", "", "30")
    nothing = a_line("", "", "", "", "", "")
    assert send(manager, path, **columns(near, far, nothing)).status_code == 302

    kept = [(490, channel.code, ["DE", "AT"], 5000, 0), (990, "", ["SE"], None, 3000)]
    assert rates_of(merchant) == kept
    for wrong in (
        a_line("x", "", "", "", "", ""),
        a_line("1", "nowhere", "", "", "", ""),
        a_line("", "", "", "DE", "", ""),
    ):
        answer = send(manager, path, **columns(near, wrong))
        assert answer.status_code == 400
        assert "Near" in answer.content.decode()
    assert rates_of(merchant) == kept
    with acting_for(merchant.id):
        assert AuditEntry.objects.filter(action="delivery_rates.set").count() == 1


@pytest.mark.parametrize(
    "fields", [{"code": "Parcel!"}, {"currency": "QQQ"}, {"name": ""}, {"price": ""}, {"countries": "Germany"}, {"tax_class": "x"}]
)  # fmt: skip
def test_a_way_that_cannot_be_is_refused(merchant, manager, fields):
    tax = a_tax_class(merchant)
    given = {"code": "parcel", "currency": "EUR", "name": "Parcel", "price": "1", "tax_class": tax.code, **fields}

    assert send(manager, "/settings/delivery/new/", **given).status_code == 400
    with acting_for(merchant.id):
        assert not DeliveryMethod.objects.exists()


def test_a_sign_is_made_printed_and_ended(merchant, manager):
    variant, channel, store = a_variant(merchant, price_minor=420), a_channel(merchant, kind="qr"), a_store(merchant)
    made = send(
        manager, "/signs/new/", label="Table 7", lines=f"{variant.sku} 2", channel=str(channel.id), store=str(store.id)
    )

    with acting_for(merchant.id):
        sign = Sign.objects.get()
    assert made["Location"] == f"/signs/{sign.id}/"
    assert (sign.label, sign.lines, sign.store_id) == ("Table 7", [[variant.sku, 2]], store.id)
    page = manager.get(made["Location"]).content.decode()
    assert f"/q/{sign.token}/" in page
    assert "8.40" in page
    drawn = page.split("data:image/svg+xml;base64,")[1].split('"')[0]
    assert base64.b64decode(drawn).startswith(b"<svg") or b"<svg" in base64.b64decode(drawn)

    send(manager, f"/signs/{sign.id}/end/")
    over = manager.get(f"/signs/{sign.id}/").content.decode()
    assert "data:image" not in over
    assert "End the sign" not in over
    with acting_for(merchant.id):
        assert not Sign.objects.get().is_active


def test_a_sign_that_cannot_be_is_refused_in_words(merchant, manager):
    variant, channel = a_variant(merchant), a_channel(merchant, kind="qr")
    fields = {"label": "Table 7", "lines": variant.sku, "channel": str(channel.id)}

    for wrong in ({"lines": "NOPE 1"}, {"label": ""}, {"channel": "x"}, {"lines": ""}):
        assert send(manager, "/signs/new/", **{**fields, **wrong}).status_code in (400, 409, 422)
    with acting_for(merchant.id):
        assert not Sign.objects.exists()


def test_signs_of_other_places_and_merchants_do_not_exist(merchant):
    sign, foreign, store = a_sign(merchant), a_sign(a_merchant()), a_store(merchant)
    of_one_store = signed_in(a_staff_member(merchant, role="manager", stores=[store]))

    assert of_one_store.get(f"/signs/{sign.id}/").status_code == 404
    assert send(of_one_store, f"/signs/{sign.id}/end/").status_code == 404
    assert of_one_store.get(f"/signs/{foreign.id}/").status_code == 404
    assert "Table 7" not in of_one_store.get("/signs/").content.decode()
    with acting_for(merchant.id):
        assert Sign.objects.get().is_active


def test_who_only_reads_changes_nothing(merchant):
    method = a_delivery_method(merchant)
    support = signed_in(a_staff_member(merchant, role="support"))

    assert "Save" not in support.get(f"/settings/delivery/{method.id}/").content.decode()
    assert send(support, f"/settings/delivery/{method.id}/rates/").status_code == 403
    assert send(support, f"/settings/delivery/{method.id}/", name="x").status_code == 403
