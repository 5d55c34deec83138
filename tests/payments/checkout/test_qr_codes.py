"""Codes that are printed, shown and scanned: what they hold, byte by byte, and where they lead."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.errors import Invalid
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.checkout import bank_codes
from payments.checkout.models import Payee
from tests.clients import signed_in
from tests.factories import a_staff_member, an_order
from tests.shops import Shop
from tests.webshop import begin, post

pytestmark = pytest.mark.django_db
IBAN = "DE89370400440532013000"


@pytest.fixture
def payee(shop: Shop) -> Payee:
    with acting_for(shop.merchant.id):
        Payee.objects.create(scheme="swish", name="Norrsken", account="1234679304")
        return Payee.objects.create(scheme="epc", name="Norrsken Goods", account=IBAN, bic="COBADEFFXXX")


def a_sign(client: APIClient, shop: Shop, quantity: int = 2) -> Any:
    body = {"channel": shop.channel.code, "label": "Table 7", "lines": [{"sku": shop.mug.sku, "quantity": quantity}]}
    return post(client, "/api/v1/signs/", body).json()


def scanned(picture: bytes, folder: Path) -> str:
    """What another program reads out of a picture."""
    path = folder / "code.png"
    path.write_bytes(picture)
    read = subprocess.run(["zbarimg", "--raw", "--quiet", str(path)], capture_output=True, check=True)
    return read.stdout.decode().removesuffix("\n")


def test_the_epc_code_holds_eleven_lines_in_their_order(client_of_shop: APIClient, shop: Shop, payee: Payee) -> None:
    order = begin(client_of_shop, shop).json()["order"]

    answer = client_of_shop.get(f"/api/v1/orders/{order['id']}/epc.txt")

    assert answer.content.decode().split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFFXXX", "Norrsken Goods", IBAN, "EUR54.90", "", "", order["number"],
    ]  # fmt: skip
    assert len(answer.content) <= bank_codes.EPC_BYTES_MAX


@pytest.mark.parametrize(("minor", "written"), [(1, "EUR0.01"), (100, "EUR1.00"), (99_999_999_999, "EUR999999999.99")])
def test_amounts_of_the_epc_code_are_written_with_two_decimals(payee: Payee, minor: int, written: str) -> None:
    assert written in bank_codes.epc_payload(payee, Money(minor, "EUR"), text="X").split("\n")


@pytest.mark.parametrize("amount", [Money(0, "EUR"), Money(100, "SEK"), Money(100_000_000_000, "EUR")])
def test_what_an_epc_code_cannot_say_is_refused(payee: Payee, amount: Money) -> None:
    with pytest.raises(Invalid):
        bank_codes.epc_payload(payee, amount, text="X")


def test_the_swish_payload_fixes_payee_amount_and_message(shop: Shop, payee: Payee) -> None:
    with acting_for(shop.merchant.id):
        swish = Payee.objects.get(scheme="swish")

    payload = bank_codes.swish_payload(swish, Money(10_050, "SEK"), text="Order; 7")
    address = bank_codes.swish_address(swish, Money(10_050, "SEK"), text="Order 7")

    assert payload == "C1234679304;100,50;Order  7;0"
    assert urlsplit(address).scheme == "swish"
    assert json.loads(parse_qs(urlsplit(address).query)["data"][0]) == {
        "version": 1,
        "payee": {"value": "1234679304"},
        "amount": {"value": 100.5, "editable": False},
        "message": {"value": "Order 7", "editable": False},
    }
    with pytest.raises(Invalid):
        bank_codes.swish_payload(swish, Money(100, "EUR"), text="X")


def test_a_wrong_iban_and_a_wrong_swish_number_are_refused(shop: Shop) -> None:
    browser = signed_in(a_staff_member(shop.merchant))
    wrong = [{"scheme": "epc", "account": "DE89370400440532013001"}, {"scheme": "swish", "account": "0701234567"}]

    answers = [
        browser.post(
            "/api/v1/payees/",
            json.dumps({"name": "N"} | body),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(n),
        )
        for n, body in enumerate(wrong)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    with acting_for(shop.merchant.id):
        assert not Payee.objects.exists()


def test_without_a_payee_there_is_no_code(client_of_shop: APIClient, shop: Shop) -> None:
    order = an_order(shop.merchant, channel_id=shop.channel.id)

    assert client_of_shop.get(f"/api/v1/orders/{order.id}/epc.svg").status_code == 404


def test_a_table_opens_a_filled_cart_and_nothing_happens_until_somebody_goes_on(
    client_of_shop: APIClient, shop: Shop, valkey_url: str
) -> None:
    sign, phone = a_sign(client_of_shop, shop), Client()

    page = phone.get(sign["url"])
    with acting_for(shop.merchant.id):
        assert not Order.objects.exists()
    gone_on = phone.post(sign["url"])

    assert "50.00" in page.content.decode()
    assert gone_on["Location"].startswith("/pay/")
    assert shop.on_shelf() == (10, 2)
    with acting_for(shop.merchant.id):
        assert Order.objects.get().note == "Table 7"


def test_the_same_table_is_scanned_by_every_guest_and_each_has_an_order_of_their_own(
    client_of_shop: APIClient, shop: Shop
) -> None:
    sign = a_sign(client_of_shop, shop)

    addresses = {Client().post(sign["url"])["Location"] for _ in range(3)}
    sold_out = [Client().post(sign["url"]).status_code for _ in range(3)]

    assert len(addresses) == 3
    assert sold_out == [302, 302, 409]


def test_an_ended_sign_leads_nowhere(client_of_shop: APIClient, shop: Shop) -> None:
    sign = a_sign(client_of_shop, shop)
    post(client_of_shop, f"/api/v1/signs/{sign['id']}/end/")

    assert Client().post(sign["url"]).status_code == 404
    assert shop.on_shelf() == (10, 0)


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg")
def test_another_program_reads_every_code(client_of_shop: APIClient, shop: Shop, payee: Payee, tmp_path: Path) -> None:
    order, sign = begin(client_of_shop, shop).json()["order"], a_sign(client_of_shop, shop)
    text = client_of_shop.get(f"/api/v1/orders/{order['id']}/epc.txt").content.decode()

    assert scanned(client_of_shop.get(f"/api/v1/orders/{order['id']}/epc.png").content, tmp_path) == text
    assert scanned(client_of_shop.get(f"/api/v1/signs/{sign['id']}/qr.png").content, tmp_path) == sign["url"]
    crowns = an_order(shop.merchant, channel_id=shop.channel.id)
    with acting_for(shop.merchant.id):
        Order.objects.filter(id=crowns.id).update(currency="SEK")
    text = client_of_shop.get(f"/api/v1/orders/{crowns.id}/swish.txt").content.decode()
    assert scanned(client_of_shop.get(f"/api/v1/orders/{crowns.id}/swish.png").content, tmp_path) == text


def test_the_drawn_epc_code_is_level_m_and_not_larger_than_a_bank_app_reads(payee: Payee) -> None:
    payee.name = "Å" * 70
    payload = bank_codes.epc_payload(payee, Money(1234, "EUR"), text="ö" * 40)
    code = segno.make(payload, error="m", micro=False, boost_error=False, encoding="utf-8")

    assert code.error == "M"
    assert code.version <= 13
