"""Every reply, also an error, tells the browser what it may do with it; every page of a person is kept by nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from merchant import request_body
from merchant.request_body import BodyRefused
from tests.clients import signed_in, with_key
from tests.factories import an_api_key
from tests.routes import Route, list_routes
from tests.security.conftest import House

pytestmark = pytest.mark.django_db
PAN = "4111111111111111"
# Nothing personal: may be kept by whoever likes.
OPEN = ("healthz", "readyz", "metrics", "schema", "swagger", "docs", "javascript-catalog")


def walkable() -> list[Route]:
    """Every route that has an address. Operators' pages have Django's own rules and are walked by their own tests."""
    return [route for route in list_routes() if route.name not in ("None",) and not route.name.startswith("admin:")]


def address_of(house: House, route: Route) -> str | None:
    try:
        return house.address(route)
    except Exception:
        return None


def faults_of(answer: Any) -> list[str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    wrong = []
    if not policy or "unsafe" in policy or "default-src" not in policy or "frame-ancestors 'none'" not in policy:
        wrong.append(f"policy {policy!r}")
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        wrong.append("nosniff")
    if answer.headers.get("Referrer-Policy") not in ("same-origin", "no-referrer", "strict-origin"):
        wrong.append("referrer")
    if answer.headers.get("Cross-Origin-Opener-Policy") != "same-origin":
        wrong.append("opener")
    return wrong


def test_every_get_and_every_refused_post_carries_the_headers(house: House) -> None:
    owner, stranger = signed_in(house.owner), Client()
    wrong = {}
    for route in walkable():
        address = address_of(house, route)
        if address is None:
            continue
        for who, client in (("owner", owner), ("stranger", stranger)):
            for method in ("get", "put"):
                answer = getattr(client, method)(address)
                if faults := faults_of(answer):
                    wrong[f"{method} {route.name} by {who} ({answer.status_code})"] = faults
                assert answer.status_code < 500, (route.name, answer.status_code)

    assert wrong == {}


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere/",
        "/api/v1/nowhere/",
        "/static/css/base.css",
        f"/?q={PAN}",
        f"/api/v1/orders/?q={PAN}",
        "/static/none.css",
    ],
)
def test_errors_and_files_carry_the_headers(house: House, address: str) -> None:
    answer = Client().get(address)

    assert faults_of(answer) == []


def test_what_a_signed_in_person_or_a_key_sees_is_kept_by_nobody(house: House) -> None:
    _, token = an_api_key(house.merchant, scopes=["checkout"])
    clients = {"owner": signed_in(house.owner), "key": with_key(token)}
    kept = {}
    for route in walkable():
        address = address_of(house, route)
        if address is None or route.name.startswith(OPEN):
            continue
        for who, client in clients.items():
            rule = client.get(address).headers.get("Cache-Control", "")
            if not {"no-store", "private"} & set(rule.replace(",", "").split()):
                kept[f"{route.name} by {who}"] = rule

    assert kept == {}


def test_a_body_refused_at_the_door_carries_the_headers() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    refusal = BodyRefused(request_body.HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "too large")
    asyncio.run(request_body.refuse(refusal, send))

    names = {name for name, _ in sent[0]["headers"]}
    assert {
        b"content-security-policy",
        b"x-content-type-options",
        b"referrer-policy",
        b"cross-origin-opener-policy",
        b"cache-control",
    } <= names


def test_no_get_changes_a_row(house: House) -> None:
    owner = signed_in(house.owner)
    addresses = [address for route in walkable() if (address := address_of(house, route))]
    addresses = [address for address in addresses if "logout" not in address]
    owner.get("/")
    before = contents()

    for address in addresses:
        owner.get(address)
        owner.head(address)

    after = contents()
    assert {table for table in before if before[table] != after[table]} == set()


# Their caller proves itself by a signature or a one-time code; a cookie means nothing there.
NO_COOKIE_READ = ("webhooks:webhook-receive", "report-notice-receive", "accounts:pairing", "terminals:pairing")
# Who is signed in where, and when last; and allauth notes the address of a person at the first visit of its pages.
NOT_BUSINESS = ("django_session", "usersessions_usersession", "account_emailaddress")


def contents() -> dict[str, Any]:
    """A number per table that differs as soon as a row does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall() if name not in NOT_BUSINESS]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM "{table}" t')
            found[table] = cursor.fetchone()
    return found


def test_no_form_is_taken_without_its_token(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(house.owner).cookies
    addresses = {route.name: address_of(house, route) for route in walkable() if route.name not in NO_COOKIE_READ}
    before = contents()
    taken = {}
    for name, address in addresses.items():
        for method in ("post", "put", "patch", "delete") if address else ():
            answer = getattr(client, method)(address, {} if method == "post" else "", HTTP_IDEMPOTENCY_KEY="k")
            if answer.status_code not in (403, 405, 404):
                taken[f"{method} {name}"] = answer.status_code

    assert taken == {}
    after = contents()
    assert {table for table in before if before[table] != after[table]} == set()
