"""Links: made, drawn, paid once, withdrawn, expired."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.checkout import expiry
from payments.checkout.models import PaymentLink
from tests.shops import Shop
from tests.webshop import begin, post

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/payment-links/"


def make(client: APIClient, **body: Any) -> Any:
    """Make a link over 12.34 EUR, or over what is given."""
    return post(
        client, LINKS, body or {"amount": {"amount_minor": 1234, "currency": "EUR"}, "description": "Repair of a chair"}
    )


def test_a_link_over_a_free_amount_is_an_order_with_tax(client_of_shop: APIClient) -> None:
    link = make(client_of_shop).json()

    assert link["order"]["total"]["amount_minor"] == 1234
    assert link["order"]["tax"]["amount_minor"] == 197
    assert link["payment_url"].startswith("http://testserver/pay/")
    assert link["order"]["number"] not in link["payment_url"]
    assert [row["id"] for row in client_of_shop.get(LINKS).json()["results"]] == [link["id"]]


def test_a_link_over_lines_keeps_their_pieces(client_of_shop: APIClient, shop: Shop) -> None:
    make(client_of_shop, lines=[{"sku": shop.mug.sku, "quantity": 3}])

    assert shop.on_shelf() == (10, 3)


def test_an_order_outlives_a_link_that_was_made_to_it(client_of_shop: APIClient, shop: Shop) -> None:
    order_id = begin(client_of_shop, shop).json()["order"]["id"]
    link = make(client_of_shop, order_id=order_id, expires_in_seconds=60).json()
    with acting_for(shop.merchant.id):
        PaymentLink.objects.filter(id=link["id"]).update(expires_at=machine_now() - timedelta(seconds=1))

    assert expiry.expire_all() == 0

    with acting_for(shop.merchant.id):
        assert Order.objects.get().status == "open"
    assert client_of_shop.get(f"{LINKS}{link['id']}/").json()["status"] == "expired"


@pytest.mark.parametrize(
    "body",
    [
        {"description": "nothing to pay"},
        {"amount": {"amount_minor": 100, "currency": "EUR"}},
        {"lines": [], "description": "x"},
    ],
)
def test_a_link_must_be_for_exactly_one_thing_and_say_what(client_of_shop: APIClient, body: dict[str, Any]) -> None:
    assert make(client_of_shop, **body).status_code == 400


def test_a_withdrawn_link_takes_no_money_and_gives_pieces_back(client_of_shop: APIClient, shop: Shop) -> None:
    link = make(client_of_shop, lines=[{"sku": shop.mug.sku, "quantity": 3}]).json()

    revoked = post(client_of_shop, f"{LINKS}{link['id']}/revoke/").json()
    page = Client().get(link["payment_url"])

    assert revoked["status"] == "revoked"
    assert shop.on_shelf() == (10, 0)
    assert page.status_code == 410
    assert "withdrawn" in page.content.decode()


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_code_is_drawn(client_of_shop: APIClient, kind: str) -> None:
    link = make(client_of_shop).json()

    drawn = client_of_shop.get(f"{LINKS}{link['id']}/qr.{kind}")

    assert drawn.status_code == 200
    assert drawn["Content-Type"] == {"svg": "image/svg+xml", "png": "image/png"}[kind]


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg")
def test_another_program_reads_the_links_address_from_the_code(client_of_shop: APIClient, tmp_path: Path) -> None:
    link = make(client_of_shop).json()
    picture = tmp_path / "qr.png"
    picture.write_bytes(client_of_shop.get(f"{LINKS}{link['id']}/qr.png").content)

    read = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True)

    assert read.stdout.strip() == link["payment_url"]
