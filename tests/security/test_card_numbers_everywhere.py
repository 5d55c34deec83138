"""A card number sent anywhere is refused or scrubbed: none is found afterwards, in no table and no log line."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from merchant.accounts.access import SCOPES
from tests.clients import signed_in, with_key
from tests.factories import an_api_key
from tests.routes import list_routes
from tests.security.conftest import House

pytestmark = pytest.mark.django_db
PANS = ("4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011000990139424")


def rows_with_a_card_number() -> dict[str, int]:
    """Rows of any table whose text holds one of the planted numbers."""
    bare = [pan.replace(" ", "").replace("-", "") for pan in PANS]
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM \"{table}\" t WHERE regexp_replace(t::text, '[ -]', '', 'g') ~ %s",
                ["|".join(bare)],
            )
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, body) for each text field of each described body: the field holds a card number."""
    document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content and "$ref" in content["schema"]:
                schema = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
                for name, field in schema.get("properties", {}).items():
                    value: Any = PANS[0]
                    if field.get("type") == "array":
                        value = [PANS[1]]
                    elif "$ref" in field or field.get("type") == "object":
                        value = {"x": {"y": PANS[2]}}
                    found.append((method, path, {name: value}))
    return found


def test_no_field_header_or_query_of_rest_keeps_one(house: House, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    _, token = an_api_key(house.merchant, scopes=sorted(SCOPES))
    client = with_key(token)
    planted = bodies()
    assert len(planted) > 60

    for method, path, body in planted:
        address = path.replace("{", "").replace("}", "")
        for text in (json.dumps(body), json.dumps(body).replace("4", "\\u0034")):
            answer = getattr(client, method)(address, text, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
            assert answer.status_code in (400, 404), (method, path, answer.status_code)
    for route in (one for one in list_routes() if one.is_rest and not one.ids):
        for query in ("q", "after", PANS[0]):
            assert client.get(route.address(), {query: PANS[0]}).status_code == 400
        assert client.get(route.address(), HTTP_X_NOTE=PANS[1]).status_code == 400
        assert client.post(route.address(), "{}", "application/json", HTTP_IDEMPOTENCY_KEY=PANS[3]).status_code == 400

    assert rows_with_a_card_number() == {}
    assert not any(pan in line for pan in PANS for line in caplog.text.splitlines() if "django.request" not in line)


def test_no_form_of_a_page_keeps_one(house: House) -> None:
    owner = signed_in(house.owner)
    for route in (one for one in list_routes() if one.is_page and "POST" in one.methods):
        address = house.address(route)
        for fields in ({"note": PANS[0]}, {"name": PANS[1], "reason": PANS[2]}):
            assert owner.post(address, {**fields, "idempotency_key": "k"}).status_code == 400, route.name

    assert rows_with_a_card_number() == {}
