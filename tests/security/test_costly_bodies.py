"""What a stranger sends costs us little: bodies are bounded by their address, and looking for card numbers takes time in proportion to the text."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from rest_framework import serializers

from merchant.core import card_numbers
from merchant.core.body_guard import bytes_max
from merchant.core.card_numbers import PLACES_MAX, TooManyDigits, find_card_number, scrub
from merchant.core.json_parser import DEPTH_MAX
from tests.clients import with_key
from tests.factories import a_merchant, an_api_key
from tests.routes import list_routes

DOOR = "/api/v1/pairing/"
MEGABYTE = 1 << 20


def post(body: bytes, path: str = DOOR, content_type: str = "application/json") -> Any:
    return Client().generic("POST", path, body, content_type=content_type)


class Counter:
    """Counts the places at which a card number was looked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places = 0
        find = card_numbers._find_cards

        def count(digits: str, edges: list[int]) -> list[tuple[int, int]]:
            self.places += len(edges) - 1
            return find(digits, edges)

        monkeypatch.setattr(card_numbers, "_find_cards", count)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


@pytest.mark.parametrize(
    "pattern", ["4 ", "4111 1111 1111 1112 ", "4-" * 20 + "4a ", "4" * 60 + " ", "411111111111111, "]
)
def test_a_body_of_digits_is_looked_at_in_a_bounded_number_of_places_before_anybody_is_signed_in(
    counted: Counter, pattern: str
) -> None:
    body = json.dumps({"note": pattern * (MEGABYTE // len(pattern) - 20)}).encode()

    answer = post(body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "too_many_digits"
    assert counted.places <= PLACES_MAX + 100


def test_one_number_of_a_million_digits_is_one_place(counted: Counter) -> None:
    assert not find_card_number("4" * MEGABYTE)

    assert counted.places <= 2


def test_the_work_grows_with_the_text_and_no_faster(counted: Counter) -> None:
    places = []
    for size in (10_000, 20_000, 40_000):
        counted.places = 0
        scrub("aaaaaaaa-1111-1111-1111-111111111111 4111 1111 1111 1112, DE89 3704 0044 0532 0130 00 " * (size // 90))
        places.append(counted.places)

    assert places[1] <= places[0] * 2.1
    assert places[2] <= places[0] * 4.2


def test_a_card_number_among_many_others_is_refused_as_one() -> None:
    assert find_card_number("4 " * 1000 + "4111 1111 1111 1111")
    with pytest.raises(TooManyDigits):
        find_card_number("4 " * (PLACES_MAX + 20) + "4111 1111 1111 1111")


@pytest.mark.parametrize("before", ["DE89 3704 0044 0532 0130 00 ", "41111111-1111-4111-8111-111111111111 ", "1 " * 50])
def test_what_stands_before_a_card_number_does_not_hide_it(before: str) -> None:
    text = f"{before}4111 1111 1111 1111"

    assert find_card_number(text)
    assert "4111 1111 1111 1111" not in scrub(text)


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        (DOOR, settings.BODY_BYTES_MAX),
        ("/api/v1/sales/", settings.BODY_BYTES_MAX),
        ("/accounts/login/", settings.BODY_BYTES_MAX),
        ("/webhooks/sandbox/01900000-0000-7000-8000-000000000001/", 256 * 1024),
        ("/api/v1/till/batch/", 4 * MEGABYTE),
        ("/disputes/01900000-0000-7000-8000-000000000001/files/", 5 * MEGABYTE),
        ("/api/v1/settlement-reports/", settings.UPLOAD_BYTES_MAX),
    ],
)
def test_every_family_of_addresses_has_its_own_limit(path: str, largest: int) -> None:
    assert bytes_max(path) == largest


def test_a_body_over_its_limit_is_refused_unread(counted: Counter) -> None:
    answer = post(b'"' + b"4 " * MEGABYTE + b'"')

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert answer.json()["money"] == "No money was moved."
    assert counted.places == 0


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "zlib", "rot13", "cp037", "unicode_escape"])
def test_a_charset_in_which_digits_look_like_something_else_is_refused(charset: str) -> None:
    text = '{"code": "4111111111111111"}'
    body = zlib.compress(text.encode()) if charset == "zlib" else text.encode("utf-16")

    answer = post(body, content_type=f"application/json; charset={charset}")

    assert answer.status_code == 415
    assert answer.json()["code"] == "charset_unsupported"


def test_utf_8_may_be_named() -> None:
    answer = post(b'{"code": "4111111111111111"}', content_type='application/json; charset="UTF-8"')

    assert answer.json()["code"] == "card_number_refused"


def test_a_card_number_as_the_name_of_a_field_is_refused() -> None:
    for body, kind in (
        (b"4111111111111111=x", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="4111111111111111"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b'{"\\u0034111\\u002D1111\\u002d1111 1111": 1}', "application/json"),
    ):
        assert post(body, content_type=kind).json()["code"] == "card_number_refused"


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [DEPTH_MAX + 2, 900, 100_000])
def test_json_nested_deeper_than_any_request_is_refused(depth: int) -> None:
    _, token = an_api_key(a_merchant(), scopes=["checkout"])
    deep = "[" * depth + "]" * depth

    answer = with_key(token).post(
        "/api/v1/checkouts/", f'{{"lines": {deep}}}', "application/json", HTTP_IDEMPOTENCY_KEY="k"
    )

    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


@pytest.mark.django_db
def test_an_integer_of_a_million_digits_is_refused() -> None:
    _, token = an_api_key(a_merchant(), scopes=["checkout"])
    body = '{"lines": [{"article": "A", "quantity": ' + "7" * 1_000_000 + "}]}"

    answer = with_key(token).post("/api/v1/checkouts/", body, "application/json", HTTP_IDEMPOTENCY_KEY="k")

    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


def test_every_list_in_a_body_has_a_limit() -> None:
    """A field of a list costs some microseconds; without a limit a body of a megabyte would have a hundred thousand of them."""
    unbounded = sorted(
        f"{kind.__module__}.{kind.__name__}.{name}"
        for kind in _kinds_of_input(serializers.Serializer)
        for name, field in kind._declared_fields.items()
        if isinstance(field, serializers.ListField | serializers.ListSerializer) and field.max_length is None
    )

    assert unbounded == []


def _kinds_of_input(parent: Any) -> Iterator[Any]:
    """Serializers of ours that read what is sent; their names end in `Input`. Reading the routes imports them all."""
    assert list_routes()
    for kind in parent.__subclasses__():
        if kind.__name__.endswith("Input"):
            yield kind
        yield from _kinds_of_input(kind)
