"""The control API: not there unless it is turned on, closed without its key, and only for merchants it made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient
from stdnum import ean

from inventory.pricing.models import Price
from inventory.stock.models import StockLevel
from merchant.accounts.models import StaffMember
from merchant.core.clock import business_now
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from payments.vouchers.models import Voucher
from reports.demo.articles import ean13, list_articles
from tests.factories import a_merchant
from tests.processor import RunningProcessor
from tests.reports.demo.conftest import DEMO_KEY

WISH = {
    "name": "Small shop",
    "stores": 2,
    "tills_per_store": 1,
    "terminals_per_store": 1,
    "pieces_per_article": 5,
    "gift_cards": 2,
}
CALLS = [
    ("post", "/demo/merchants/", WISH),
    ("get", "/demo/merchants/01a20000-0000-7000-8000-000000000000/", None),
    ("put", "/demo/merchants/01a20000-0000-7000-8000-000000000000/clock/", {"now": "2026-11-22T10:00:00Z"}),
    ("post", "/demo/merchants/01a20000-0000-7000-8000-000000000000/run/", {"what": "reconcile"}),
]


def the_client(key: str = DEMO_KEY) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_X_DEMO_KEY=key)
    return client


def a_demo_merchant(**changes: Any) -> dict[str, Any]:
    response = the_client().post("/demo/merchants/", WISH | changes, format="json")
    assert response.status_code == 201, response.content
    return response.json()


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_nothing_is_there_unless_the_installation_is_a_demo(settings, method, path, body):
    settings.DEMO_CONTROL, settings.DEMO_CONTROL_KEY = False, ""

    response = getattr(the_client(""), method)(path, body, format="json")

    assert response.status_code == 404
    assert Merchant.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_wrong_key_is_refused_and_makes_nothing(demo_installation, method, path, body):
    response = getattr(the_client("guessed"), method)(path, body, format="json")

    assert response.status_code == 403
    assert response.json()["code"] == "demo_key_wrong"
    assert Merchant.objects.count() == 0


@pytest.mark.django_db
def test_a_merchant_is_made_that_can_trade_at_once(demo_installation, processor: RunningProcessor):
    made = a_demo_merchant(now="2026-11-20T08:00:00Z")

    assert len(made["tills"]) == len(made["terminals"]) == len(made["stores"]) == 2
    assert made["terminals"][0]["register_id"] == made["tills"][0]["register_id"]
    with acting_for(Merchant.objects.get(id=made["merchant_id"]).id):
        assert Price.objects.count() == len(made["articles"]) == len(list_articles())
        assert {level.on_hand for level in StockLevel.objects.all()} == {5}
        assert Voucher.objects.count() == len(made["gift_cards"]) == 2
        assert sorted(StaffMember.objects.values_list("role", flat=True)) == [
            "accountant",
            "cashier",
            "manager",
            "owner",
        ]
    tablet = APIClient()
    tablet.credentials(HTTP_AUTHORIZATION=f"Device {made['tills'][0]['token']}")
    assert tablet.get("/api/v1/me/").status_code == 200
    assert processor.control("GET", f"accounts/{made['processor']['account']}")["currency"] == "EUR"


@pytest.mark.django_db
def test_the_clock_moves_for_the_merchant_and_the_processor(demo_installation, processor: RunningProcessor):
    made = a_demo_merchant()
    evening = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)

    response = the_client().put(
        f"/demo/merchants/{made['merchant_id']}/clock/", {"now": evening.isoformat()}, format="json"
    )

    assert response.status_code == 200
    merchant_id = Merchant.objects.get(id=made["merchant_id"]).id
    assert timedelta(0) <= business_now(merchant_id) - evening < timedelta(seconds=30)
    told = processor.control("GET", f"accounts/{made['processor']['account']}")
    assert timedelta(0) <= datetime.fromisoformat(told["now"]) - evening < timedelta(seconds=30)


@pytest.mark.django_db
def test_scheduled_work_is_asked_for_by_its_name_and_another_name_is_refused(demo_installation):
    made = a_demo_merchant()
    path = f"/demo/merchants/{made['merchant_id']}/run/"

    asked = the_client().post(path, {"what": "reconcile"}, format="json")
    refused = the_client().post(path, {"what": "pay_me"}, format="json")

    [job] = asked.json()["jobs"]
    assert (asked.status_code, job["kind"], job["status"]) == (202, "reconciliation.run", "queued")
    assert the_client().get(f"/demo/merchants/{made['merchant_id']}/jobs/{job['id']}/").json()["id"] == job["id"]
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_run")
    assert Job.across_merchants.filter(merchant_id=made["merchant_id"]).count() == 1


@pytest.mark.django_db
def test_a_merchant_that_was_not_made_here_is_out_of_reach(demo_installation):
    merchant = a_merchant()
    before = business_now(merchant.id)

    path = f"/demo/merchants/{merchant.id}/"
    moved = the_client().put(f"{path}clock/", {"now": "2030-01-01T00:00:00Z"}, format="json")
    asked = the_client().post(f"{path}run/", {"what": "reconcile"}, format="json")

    assert (moved.status_code, asked.status_code, the_client().get(path).status_code) == (404, 404, 404)
    assert business_now(merchant.id) - before < timedelta(minutes=1)
    assert Job.across_merchants.filter(merchant_id=merchant.id).count() == 0


def test_barcodes_are_valid_and_differ():
    codes = [ean13(number) for number in range(1, 100)]

    assert all(ean.is_valid(code) for code in codes)
    assert len(set(codes)) == 99
