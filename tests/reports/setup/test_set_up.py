"""From empty to the first sale: one owner, steps that tick themselves from what is there, and a demo that stays apart."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from inventory.pricing.models import TaxRate
from merchant.accounts import callers
from merchant.accounts.models import StaffMember, User
from merchant.core.audit.models import AuditEntry
from merchant.core.pages import frame
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.sales_channels.models import Channel
from orders.order.models import Order
from payments.gateways.models import GatewayAccount
from payments.records.models import Payment
from reports.demo import money as demo_money
from reports.setup import checklist
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store, a_variant
from tests.shops import a_shop_of, run_relay

pytestmark = pytest.mark.django_db
OWNER = {
    "merchant_name": "Roe & Daughters", "country": "SE", "first_name": "Mara", "last_name": "Roe", "email": "mara@roe.example",
    "password": "harbour-violin-drizzle-92",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_remembered():
    frame.forget()
    callers.forget()
    checklist._complete.clear()


def press(client, path, **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def done_steps(client):
    page = client.get("/setup/steps/").content.decode()
    return re.findall(r'id="step-(\w+)"\s+data-done="yes"', page)


def test_the_first_page_makes_an_owner_once_and_is_over_then():
    client = Client()
    assert client.get("/").url.startswith("/setup/")
    assert client.get("/accounts/login/").url == "/setup/"

    done = client.post("/setup/", OWNER)

    merchant = Merchant.objects.get()
    assert done.url == "/" and (merchant.base_currency, merchant.zone) == ("SEK", "Europe/Stockholm")
    assert client.get("/").url.startswith("/accounts/2fa/")
    assert User.objects.get().check_password(OWNER["password"])
    with acting_for(merchant.id):
        assert StaffMember.objects.get().role == "owner"
        assert set(Channel.objects.values_list("kind", flat=True)) == {"in_store", "webshop", "link"}
        assert set(TaxRate.objects.values_list("rate_basis_points", flat=True)) == {2500, 1200, 600, 0}
    assert Client().post("/setup/", OWNER | {"email": "eve@example.com"}).status_code == 404
    assert Client().get("/accounts/login/").status_code == 200
    assert Client().get("/setup/").url == "/" and Client().get("/").url.startswith("/accounts/login/")
    assert Merchant.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"password": "short"}, {"email": "nobody"}, {"country": "", "other_country": "US"}, {"merchant_name": ""}, {"zone": "x"}],
)  # fmt: skip
def test_a_founding_that_cannot_be_makes_nothing_and_keeps_what_was_typed_but_the_password(wrong):
    answer = Client().post("/setup/", OWNER | wrong)

    assert answer.status_code in (400, 422)
    assert b"Daughters" in answer.content or "merchant_name" in wrong
    assert OWNER["password"].encode() not in answer.content
    assert not Merchant.objects.exists() and not User.objects.exists()


def test_every_wrong_field_of_the_first_page_says_so_beside_it():
    wrong = {"email": "nobody", "password": "short", "first_name": "", "currency": "XXQ"}

    page = Client().post("/setup/", OWNER | wrong).content.decode()

    assert set(re.findall(r'id="error-(\w+)"', page)) == set(wrong)
    assert "4 fields are not right yet" in page
    assert '<option value="Europe/Stockholm"' in page and '<option value="Mars/Base"' not in page
    assert not Merchant.objects.exists() and not User.objects.exists()


def test_a_set_up_code_is_asked_for_where_the_installation_has_one(settings):
    settings.SETUP_CODE = "on-the-server"

    assert Client().post("/setup/", OWNER | {"code": "guessed"}).status_code == 422
    assert not User.objects.exists()
    assert Client().post("/setup/", OWNER | {"code": "on-the-server"}).status_code == 302


def test_steps_tick_themselves_from_what_is_there_and_the_list_goes_when_all_is_done(processor, settings, tmp_path):
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))
    assert done_steps(owner) == []
    assert b"From empty to the first sale" in owner.get("/").content

    shop = a_shop_of(merchant, processor)
    with acting_for(merchant.id):
        Channel.objects.create(
            kind="link",
            name="Links",
            code="link",
            currency="EUR",
            country="DE",
            zone="Europe/Berlin",
            stock_store=shop.store,
        )
    assert done_steps(owner) == ["store", "product", "gateway"]
    begun = press(owner, "/setup/test-payment/")
    assert b"on its way" in owner.get("/setup/steps/", headers={"HX-Request": "true"}).content
    run_relay()

    assert b"test money of the sandbox, nothing moves" in owner.get("/").content
    assert begun.url == "/" and done_steps(owner) == ["store", "product", "gateway", "payment"]
    with acting_for(merchant.id):
        assert Payment.objects.get().captured_minor == 150
        assert Order.objects.get().status != "draft"
    cashier = signed_in(a_staff_member(merchant, role="cashier"))
    assert b"From empty to the first sale" not in cashier.get("/").content
    assert press(cashier, "/setup/demo/").status_code == 403
    assert done_steps(owner)[-1] == "staff"


def test_a_test_payment_is_refused_where_money_would_move(processor):
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))

    assert press(owner, "/setup/test-payment/").status_code == 409
    with acting_for(merchant.id):
        assert not Order.objects.exists()


def test_the_sandbox_is_connected_once_however_often_it_is_pressed(processor, settings, monkeypatch):
    settings.SANDBOX_URL = processor.url
    monkeypatch.setattr(demo_money, "sandbox_control_key", lambda: processor.control_key)
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant, role="owner"))

    assert press(owner, "/setup/sandbox/").url == press(owner, "/setup/sandbox/").url == "/"

    with acting_for(merchant.id):
        assert GatewayAccount.objects.get().gateway == "sandbox"


def test_a_demo_stays_apart_and_is_put_away_without_losing_a_row(processor, settings, monkeypatch):
    settings.SANDBOX_URL = processor.url
    monkeypatch.setattr(demo_money, "sandbox_control_key", lambda: processor.control_key)
    own = a_merchant()
    member = a_staff_member(own, role="owner")
    client = signed_in(member)

    press(client, "/setup/demo/")
    press(client, "/setup/demo/")

    demo = Merchant.objects.get(is_demo=True)
    home = client.get("/").content
    assert b"This is a demo business" in home and b"From empty to the first sale" not in home
    assert b"Another business" in client.get("/").content
    stores = len(Merchant.objects.all())
    press(client, "/setup/demo/archive/")

    assert len(Merchant.objects.all()) == stores
    demo.refresh_from_db()
    assert demo.archived_at is not None
    assert b"Bring the demo business back" in client.get("/setup/steps/").content
    page = client.get("/").content
    assert own.name.encode() in page and b"Another business" not in page
    assert client.post("/accounts/switch/", {"merchant": str(demo.id)}).status_code == 404
    assert press(client, "/setup/demo/archive/").status_code == 404
    own.refresh_from_db()
    assert own.archived_at is None


def test_who_owns_a_demo_that_was_put_away_brings_it_back_and_nobody_else_does():
    demo = a_merchant(is_demo=True)
    owner, cashier = a_staff_member(demo, role="owner"), a_staff_member(demo, role="cashier")
    client, other = signed_in(owner), signed_in(cashier)
    press(client, "/setup/demo/archive/")
    switch = client.get("/accounts/switch/").content
    assert press(other, "/setup/demo/restore/").status_code == 404
    assert b"Bring the demo business back" not in other.get("/accounts/switch/").content

    assert press(Client(), "/setup/demo/restore/").url.startswith("/accounts/login/")

    back = press(client, "/setup/demo/restore/")

    demo.refresh_from_db()
    assert b"Bring the demo business back" in switch
    assert (back.url, demo.archived_at) == ("/", None)
    assert b"This is a demo business" in client.get("/").content
    assert press(client, "/setup/demo/restore/").status_code == 404
    with acting_for(demo.id):
        acts = list(AuditEntry.objects.order_by("id").values_list("action", "actor_id"))
    assert acts[-2:] == [("merchant.archived", owner.id), ("merchant.restored", owner.id)]


def test_a_form_drawn_for_another_business_is_refused_after_the_switch():
    first, second = a_merchant(), a_merchant()
    member = a_staff_member(first, role="owner")
    with acting_for(second.id):
        StaffMember.objects.create(user=member.user, role="owner", created_at=member.created_at)
    a_store(first)
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(member).cookies
    old = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/settings/locations/new/").content.decode())
    switch = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/accounts/switch/").content.decode())
    assert old and switch
    chosen = {"merchant": str(second.id), "csrfmiddlewaretoken": switch[1]}
    assert client.post("/accounts/switch/", chosen).status_code == 302

    fields = {"name": "Wrong", "code": "WRG", "country": "DE", "currency": "EUR", "zone": "Europe/Berlin"}
    late = press(client, "/settings/locations/new/", csrfmiddlewaretoken=old[1], **fields)

    assert late.status_code == 403 and b"another business" in late.content
    with acting_for(second.id):
        assert a_variant(second).merchant_id == second.id
        from merchant.merchants.models import Store

        assert not Store.objects.exists()
