"""What programs asked of the API: written behind the answers, without their bodies, and kept for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchant.accounts.requests import keeping, recording
from merchant.accounts.requests.models import RequestLine
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from tests.clients import signed_in, with_key
from tests.factories import a_merchant, a_staff_member, a_store, an_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(monkeypatch: Any) -> None:
    """The log has begun, and its thread is the test."""
    recording._waiting.clear()
    monkeypatch.setattr(recording._has_begun, "is_set", lambda: True)


def lines_of(merchant: Any) -> list[RequestLine]:
    recording.store()
    with acting_for(merchant.id):
        return list(RequestLine.objects.order_by("id"))


def test_a_request_is_noted_with_its_answer_and_never_its_words(begun: None) -> None:
    merchant = a_merchant()
    key, token = an_api_key(merchant, scopes=["orders"])
    client = with_key(token)

    asked = client.get(f"/api/v1/orders/{uuid4()}/?q=secret", HTTP_X_REQUEST_ID="shop-8841")
    client.get("/api/v1/orders/?size=1", HTTP_X_REQUEST_ID="no good\tid")

    [refused, listed] = lines_of(merchant)
    assert asked["X-Request-Id"] == refused.correlation_id == "shop-8841"
    assert (refused.http_status, refused.code, refused.caller_id) == (404, "not_found", key.id)
    assert (listed.http_status, listed.code, listed.path) == (200, "", "/api/v1/orders/")
    assert len(listed.correlation_id) == 12
    assert "secret" not in str([refused.__dict__, listed.__dict__])


def test_who_is_not_known_and_what_is_no_rest_leaves_no_line(begun: None) -> None:
    merchant = a_merchant()
    with_key("tsk_nobody").get("/api/v1/orders/")
    signed_in(a_staff_member(merchant)).get("/orders/")

    assert lines_of(merchant) == []


def test_a_request_waits_for_no_statement_of_its_log(begun: None) -> None:
    _, token = an_api_key(a_merchant(), scopes=["orders"])
    client = with_key(token)
    client.get("/api/v1/orders/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/api/v1/orders/")

    assert not any("request_line" in query["sql"] for query in captured)


def test_what_is_too_old_or_too_much_goes(begun: None) -> None:
    merchant = a_merchant()
    _, token = an_api_key(merchant, scopes=["orders"])
    for _ in range(5):
        with_key(token).get("/api/v1/orders/")
    first, *_rest = lines_of(merchant)

    with acting_for(merchant.id):
        RequestLine.objects.filter(id=first.id).update(at=machine_now() - timedelta(days=8))
        assert keeping.remove_old(now=machine_now()) == 1
        assert keeping.remove_old(now=machine_now(), lines_max=3) == 1
        assert keeping.remove_old(now=machine_now(), lines_max=3) == 0
        assert RequestLine.objects.count() == 3


def test_the_log_is_read_and_narrowed_by_whom_it_is_for(begun: None) -> None:
    merchant = a_merchant()
    key, token = an_api_key(merchant, scopes=["orders"], name="Webshop")
    with_key(token).get(f"/api/v1/orders/{uuid4()}/")
    recording.store()
    owner = signed_in(a_staff_member(merchant))

    assert "not_found" in owner.get(f"/developers/requests/?answer=4&key={key.id}").content.decode()
    assert "not_found" not in owner.get("/developers/requests/?method=POST&method=PUT").content.decode()
    assert "not_found" in owner.get("/developers/").content.decode()
    assert owner.get("/developers/events/").status_code == 200
    assert signed_in(a_staff_member(a_merchant())).get("/developers/requests/").content.count(b"not_found") == 0
    some = signed_in(a_staff_member(merchant, role="manager", stores=[a_store(merchant)]))
    assert some.get("/developers/requests/").status_code == 403


def test_switched_off_nothing_begins(settings: Any) -> None:
    settings.REQUEST_LOG = False
    recording.begin()

    assert not recording._has_begun.is_set()
