"""What is recognised as a card number, and what is left alone."""

import logging
import uuid

import pytest
from django.test import Client

from merchant.core.card_numbers import SCRUBBED, CardNumberFilter, find_card_number, scrub

# The schemes' and processors' public test numbers.
CARDS = [
    "4111111111111111",
    "4000056655665556",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3566002020360505",
    "6205500000000000004",
    "6759649826438453",
]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_found_however_it_is_written(card: str) -> None:
    grouped = " ".join(card[start : start + 4] for start in range(0, len(card), 4))

    for text in (
        card,
        grouped,
        grouped.replace(" ", "-"),
        grouped.replace(" ", "."),
        f"paid with {grouped}, thanks",
        f"till 12 {grouped}",
    ):
        assert find_card_number(text), text
        assert card[-4:] not in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",  # an EAN-13 of a German article
        "04006381333931",  # the same as GTIN-14
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "SE45 5000 0000 0583 9825 7466",
        "4111111111111112",  # fails Luhn
        "1763770000000000",  # microseconds since 1970
        "2026-11-22 10:00:00.123456",
        "+49 40 1234567890",
        "W-4111-1111",
        '{"amount_minor": 4180, "tax_minor": 667}',
    ],
)
def test_what_is_no_card_number_is_left_alone(text: str) -> None:
    assert scrub(text) == text


def test_no_uuid_is_taken_for_a_card_number() -> None:
    assert not find_card_number("41111111-1111-4111-8111-111111111111 4111-1111-4111-8111")
    assert not any(find_card_number(f"order {uuid.uuid4()} by {uuid.uuid4().hex}") for _ in range(20_000))


def test_a_card_number_does_not_reach_the_log() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "bad input %s", ("4111 1111 1111 1111",), None)

    assert CardNumberFilter().filter(record)

    assert record.getMessage() == f"bad input {SCRUBBED}"


def test_a_card_number_in_a_traceback_does_not_reach_the_log() -> None:
    try:
        raise ValueError("no such customer: 5555555555554444")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", (), (type(error), error, error.__traceback__))

    CardNumberFilter().filter(record)

    assert "5555555555554444" not in logging.Formatter().format(record)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"note": "4111 1111 1111 1111"}', "application/json"),
        (b'{"note": "\\u0034111111111111111"}', "application/json"),
        (b'{"amount_minor": 4111111111111111}', "application/json"),
        (b"note=4111+1111+1111+1111", "application/x-www-form-urlencoded"),
        (b"note=4111%2D1111%2D1111%2D1111", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n4111111111111111\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_body_with_a_card_number_is_refused(body: bytes, content_type: str) -> None:
    answer = Client().generic("POST", "/api/v1/pairing/", body, content_type=content_type)

    assert answer.status_code == 400
    assert answer.json()["code"] == "card_number_refused"
    assert b"4111" not in answer.content


def test_a_card_number_in_address_query_or_header_is_refused() -> None:
    client = Client()

    for answer in (
        client.get("/api/v1/orders/4111111111111111/"),
        client.get("/api/v1/me/", {"q": "4111 1111 1111 1111"}),
        client.get("/api/v1/me/", HTTP_IDEMPOTENCY_KEY="4111111111111111"),
    ):
        assert answer.status_code == 400
        assert answer.json()["code"] == "card_number_refused"
