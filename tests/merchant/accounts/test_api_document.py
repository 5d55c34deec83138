"""The API's description: for programs and for people, the same for everybody, out of code alone."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from merchant.accounts import api_document
from merchant.accounts.access import SCOPES
from merchant.accounts.api_fields import fields_of


@pytest.mark.django_db
def test_the_document_is_public_and_asks_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/api/v1/schema/")

    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"].startswith("3.1")
    assert "public" in answer["Cache-Control"]


@pytest.mark.django_db
def test_who_has_the_document_is_not_sent_it_again() -> None:
    first = Client().get("/api/v1/schema/")

    again = Client().get("/api/v1/schema/", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_the_pages_name_every_operation_and_ask_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        index = Client().get("/api/v1/docs/").content.decode()
        for feature in api_document.list_features():
            page = Client().get(f"/api/v1/docs/{feature.slug}/").content.decode()
            for operation in feature.operations:
                assert f'id="{operation.id}"' in page, operation.id
                assert f"/api/v1/docs/{feature.slug}/#{operation.id}" in index, operation.id


@pytest.mark.django_db
def test_a_feature_that_does_not_exist_is_not_found() -> None:
    assert Client().get("/api/v1/docs/magic/").status_code == 404


def test_every_operation_belongs_to_one_feature() -> None:
    described = sorted(
        operation["operationId"]
        for methods in api_document.get_document()["paths"].values()
        for operation in methods.values()
    )

    shown = sorted(operation.id for feature in api_document.list_features() for operation in feature.operations)

    assert shown == described


def test_an_operation_names_its_right_its_scopes_and_its_key() -> None:
    paths = api_document.get_document()["paths"]
    refund = paths["/api/v1/payments/{payment_id}/refunds/"]["post"]

    assert refund["x-right"] == "refund.create"
    assert refund["x-scopes"] == sorted(scope for scope, rights in SCOPES.items() if "refund.create" in rights)
    assert [one["name"] for one in refund["parameters"] if one["in"] == "header"] == ["Idempotency-Key"]
    assert "x-right" not in paths["/api/v1/pairing/"]["post"]
    assert paths["/api/v1/registers/{register_id}/pairing-codes/"]["post"]["x-scopes"] == []


def test_fields_inside_lists_and_objects_are_named_with_their_way() -> None:
    schemas = {
        "Line": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string", "maxLength": 64}}}
    }
    schema = {"type": "object", "properties": {"lines": {"type": "array", "items": {"$ref": "#/c/schemas/Line"}}}}

    rows = fields_of(schema, schemas)

    assert [(row.name, row.kind, row.is_required) for row in rows] == [
        ("lines", "list of object", False),
        ("lines[].sku", "text", True),
    ]


def test_a_schema_that_contains_itself_ends() -> None:
    schemas = {"Tree": {"type": "object", "properties": {"tree": {"$ref": "#/c/schemas/Tree"}}}}

    assert len(fields_of(schemas["Tree"], schemas)) < 10


def test_the_document_is_made_without_a_warning() -> None:
    complaints = StringIO()

    call_command("spectacular", "--fail-on-warn", stdout=StringIO(), stderr=complaints)

    assert "Warning" not in complaints.getvalue()
