"""What people read when something broke: what it means for the money, a reference that stands in the log, and no way into rooms they have no key for."""

from __future__ import annotations

import logging
import re

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from merchant import urls


def _breaks(request: HttpRequest, **_: str) -> HttpResponse:
    raise ZeroDivisionError


def _finds_no_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


handler500 = urls.handler500
urlpatterns = [
    path("broken/", _breaks),
    path("pay/<str:token>/", _breaks),
    path("api/v1/broken/", _breaks),
    path("offline/", _finds_no_database),
    path("o/offline/", _finds_no_database),
    path("", include(urls.urlpatterns)),  # type: ignore[arg-type]
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def _get(address: str) -> HttpResponse:
    return Client(raise_request_exception=False).get(address)  # type: ignore[return-value]


def test_a_broken_page_names_a_reference_that_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = _get("/broken/")

    assert answer.status_code == 500
    found = re.search(r'<span class="id">(\w+)</span>', answer.content.decode())
    assert found and f"reference {found[1]}: ZeroDivisionError" in caplog.text


def test_a_broken_rest_answer_names_its_reference_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = _get("/api/v1/broken/")

    assert answer.status_code == 500
    assert f"reference {answer.json()['reference']}: ZeroDivisionError" in caplog.text  # type: ignore[attr-defined]


def test_a_page_without_a_database_says_that_nothing_was_stored() -> None:
    answer = _get("/offline/")

    assert answer.status_code == 503
    assert "Nothing of this request was stored" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "told"),
    [("/offline/", "We do not know whether this was stored"), ("/o/offline/", "do not pay a second time")],
)
def test_after_a_press_a_page_without_a_database_does_not_say_that_nothing_was_stored(address: str, told: str) -> None:
    answer = Client(raise_request_exception=False).post(address)

    text = answer.content.decode()
    assert answer.status_code == 503
    assert told in text and "Nothing of this request was stored" not in text


def test_a_shopper_is_told_to_wait_and_is_not_led_into_the_back_office() -> None:
    text = _get("/pay/whatever/").content.decode()

    assert "do not pay a second time" in text
    assert 'href="/payments/"' not in text
