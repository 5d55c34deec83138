"""A NUL, which PostgreSQL cannot hold, is refused at the door instead of failing behind it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client

from tests.clients import signed_in
from tests.routes import list_routes
from tests.security.conftest import House

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/pay/%00/", "/pay/a%00b/state/", "/o/%00/", "/r/%00/", "/r/%00/receipt.pdf"])
def test_a_shoppers_address_with_a_nul_leads_nowhere(path: str) -> None:
    assert Client(raise_request_exception=False).get(path).status_code == 400


def addresses(house: House) -> Iterator[str]:
    """Every address of a page, with a NUL in each filter a list may have."""
    for route in list_routes():
        if "GET" in route.methods and (route.is_page or route.is_rest):
            for name in ("q", "status", "after", "account", "exception"):
                yield f"{house.address(route)}?{name}={quote(chr(0))}"


def test_no_filter_of_a_list_makes_a_server_error_of_a_nul(house: House) -> None:
    owner = signed_in(house.owner)
    owner.raise_request_exception = False

    answers = {address: owner.get(address).status_code for address in addresses(house)}

    assert len(answers) > 100
    assert {address: status for address, status in answers.items() if status != 400} == {}


def test_no_form_makes_a_server_error_of_a_nul(house: House) -> None:
    owner = signed_in(house.owner)
    owner.raise_request_exception = False
    for route in (one for one in list_routes() if one.is_page and "POST" in one.methods):
        answer = owner.post(house.address(route), {"note": "a\0b", "name": "\0", "idempotency_key": "k"})

        assert answer.status_code == 400, route.name


def test_a_nul_costs_one_line_of_the_log_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    answers = [Client().get("/accounts/login/?next=%00"), Client().get("/api/v1/orders/?q=%00")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[1].json()["code"] == "invalid_request"
    assert len(caplog.records) == 2
    assert all(one.levelname == "WARNING" and not one.exc_info for one in caplog.records)
