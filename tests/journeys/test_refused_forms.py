"""Every form of set-up and settings answers what was left out beside its field, and keeps what was typed."""

import re
from uuid import uuid4

import pytest

from inventory.pricing import taxes
from merchant.core.clock import machine_now
from merchant.core.pages import frame
from merchant.core.tenancy import acting_for
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_merchant, a_staff_member, a_store

pytestmark = pytest.mark.django_db

FORMS = (
    "/products/new/",
    "/settings/taxes/",
    "/settings/locations/new/",
    "/settings/exchange-rates/new/",
    "/settings/delivery/new/",
    "/imports/accounts/bank/",
    "/imports/accounts/processor/",
    "/accounting/settings/",
    "/accounting/periods/close/",
    "/accounting/periods/reopen/",
    "/coupons/new/",
    "/signs/new/",
    "/exports/schedules/new/",
    "/terminals/new/",
    "/webhook-log/endpoints/new/",
    "/staff/",
    "/api-keys/",
)
_REQUIRED = re.compile(r"<(?:input|select|textarea)[^>]*\brequired\b[^>]*>")


@pytest.fixture
def merchant():
    frame.forget()
    merchant = a_merchant()
    with acting_for(merchant.id):
        taxes.agree_usual(country="DE", now=machine_now())
    return merchant


@pytest.mark.parametrize("path", FORMS)
def test_an_empty_form_comes_back_with_each_missing_field_marked_and_a_summary_that_has_the_focus(merchant, path):
    a_store(merchant)
    a_gateway_account(merchant)
    client = signed_in(a_staff_member(merchant, role="owner"))

    answer = client.post(path, {"idempotency_key": str(uuid4()), "kind": "orders"})

    page = answer.content.decode()
    required = _REQUIRED.findall(page)
    assert answer.status_code in (400, 409, 422), answer
    assert required and all('aria-invalid="true"' in field for field in required), required
    for field in required:
        (name,) = re.findall(r'\bname="([^"]+)"', field)
        assert f'href="#field-{name}"' in page and f'id="error-{name}"' in page
        assert re.search(rf'aria-describedby="error-{name}[ "]', field)
    assert page.count("autofocus") == 1 and re.search(r'role="alert"\s+tabindex="-1"\s+autofocus', page)
    assert re.search(r"<form[^>]*\bnovalidate", page)


def test_a_terminal_without_a_location_or_a_gateway_says_what_to_do_first(merchant):
    page = signed_in(a_staff_member(merchant, role="owner")).get("/terminals/new/").content.decode()

    assert 'href="/settings/locations/new/"' in page and 'href="/setup/steps/"' in page
    assert 'name="serial_number"' not in page
