"""
The API's own description: the OpenAPI document, and the same as plain data for the pages that show it.

It knows code only: no merchant, no database. Made once a process, in English, for everybody the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from merchant.accounts.access import REGISTER_RIGHTS
from merchant.accounts.api_fields import FieldRow, fields_of
from merchant.core.callers import SIGNED_IN

# The features in the order in which somebody who connects a till or a shop meets them, with the first words of their addresses.
FEATURES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("identity", "Who calls, and where", ("me", "stores", "registers", "socket-tickets")),
    ("tablets", "Pair tablets", ("pairing", "devices")),
    ("catalogue", "Catalogue and prices", ("catalog", "products", "prices", "price-lists", "coupons")),
    ("till", "Sell at the till", ("sales", "till")),
    ("offline", "Sell offline", ("offline-rules", "offline-sales", "offline-redemptions")),
    ("orders", "Orders", ("orders", "carts", "hand-offs", "pickups")),
    ("returns", "Returns", ("returnables", "loose-returns", "return-rules")),
    ("documents", "Receipts and invoices", ("receipts", "invoices")),
    ("shifts", "Shifts, drawers and Zs", ("shifts", "closings", "deposits")),
    ("checkout", "Sell online", ("checkouts", "stored-cards", "delivery-methods")),
    ("links", "Links, signs and codes", ("payment-links", "signs", "payees")),
    ("payments", "Payments", ("payments", "operations", "unresolved-operations", "vouchers")),
    ("routing", "Routing", ("routing",)),
    ("disputes", "Disputes", ("disputes",)),
    (
        "settlement",
        "Settlement and bank",
        (
            "settlement-reports",
            "payouts",
            "bank-statements",
            "bank-lines",
            "bank-accounts",
            "report-accounts",
            "column-mappings",
            "fees",
            "fee-contracts",
            "reconciliation",
            "journal",
        ),
    ),
    ("terminals", "Card terminals", ("terminals", "terminal-pairing", "terminal-payments", "terminal-settings")),
    ("stock", "Stock", ("stock",)),
    ("customers", "Customers", ("customers",)),
    ("people", "People, keys and approvals", ("staff", "api-keys", "approvals")),
    ("messages", "Webhooks and mails", ("webhook-endpoints", "webhook-deliveries", "gateway-events", "messages")),
    ("accounting", "Accounting", ("accounting",)),
    ("exports", "Exports and reports", ("exports", "export-schedules", "reports")),
)

_MAKING = Lock()


@dataclass(frozen=True, slots=True)
class Published:
    """The document as it goes out, and a mark that changes when it does."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One success an operation may answer with."""

    status: str
    text: str
    content: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `right` is empty where none is needed; `is_public` where nobody has to say who calls."""

    id: str
    method: str
    path: str
    summary: str
    more: str
    right: str
    scopes: tuple[str, ...]
    is_public: bool
    is_for_tablets: bool
    needs_key: bool
    parameters: tuple[FieldRow, ...]
    content: str
    fields: tuple[FieldRow, ...]
    replies: tuple[Reply, ...]
    refusals: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """The operations of one feature, by address."""

    slug: str
    title: str
    operations: tuple[Operation, ...]


def get_document() -> dict[str, Any]:
    """Return the OpenAPI document. Made at the first call, which takes some seconds."""
    # Two first readers at once would make it twice.
    with _MAKING:
        return _make_document()


@cache
def get_published() -> Published:
    """Return the document as JSON."""
    body = json.dumps(get_document(), ensure_ascii=False, separators=(",", ":")).encode()
    return Published(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@cache
def list_features() -> tuple[Feature, ...]:
    """Return every feature with its operations."""
    document = get_document()
    schemas = document["components"]["schemas"]
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            by_tag.setdefault(described["tags"][0], []).append(_operation(path, method, described, schemas))
    return tuple(
        Feature(slug, title, tuple(operation for tag in tags for operation in by_tag.get(tag, ())))
        for slug, title, tags in FEATURES
    )


def find_feature(slug: str) -> Feature | None:
    """Return one feature, None if there is none of that name."""
    return next((feature for feature in list_features() if feature.slug == slug), None)


def list_problem_fields() -> tuple[FieldRow, ...]:
    """Return the fields of every refusal."""
    schemas = get_document()["components"]["schemas"]
    return fields_of(schemas["Problem"], schemas)


def list_refusals() -> tuple[tuple[str, str], ...]:
    """Return every status an operation may refuse with, and its phrase."""
    found = {
        status: phrase for feature in list_features() for one in feature.operations for status, phrase in one.refusals
    }
    return tuple(sorted(found.items()))


@cache
def _make_document() -> dict[str, Any]:
    with translation.override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


def _operation(path: str, method: str, described: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    summary, _, more = described.get("description", "").strip().partition("\n\n")
    content, body = _content(described.get("requestBody", {}))
    answers = described["responses"]
    right = described.get("x-right", "")
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        summary=summary,
        more=more,
        right="" if right == SIGNED_IN else right,
        scopes=tuple(described.get("x-scopes", ())),
        is_public="x-right" not in described,
        is_for_tablets=right == SIGNED_IN or right in REGISTER_RIGHTS,
        needs_key=any(one["name"] == "Idempotency-Key" for one in described.get("parameters", ())),
        parameters=tuple(_parameter(one, schemas) for one in described.get("parameters", ())),
        content=content,
        fields=fields_of(body, schemas),
        replies=tuple(_reply(status, answer, schemas) for status, answer in answers.items() if status < "300"),
        refusals=tuple((status, answer["description"]) for status, answer in answers.items() if status >= "300"),
    )


def _parameter(described: dict[str, Any], schemas: dict[str, Any]) -> FieldRow:
    row = fields_of({"properties": {described["name"]: described["schema"]}}, schemas)[0]
    note = " ".join(part for part in (described.get("description", ""), row.note) if part)
    return FieldRow(row.name, row.kind, described.get("required", False), note, described["in"])


def _reply(status: str, answer: dict[str, Any], schemas: dict[str, Any]) -> Reply:
    content, body = _content(answer)
    return Reply(status, answer.get("description", ""), content, fields_of(body, schemas))


def _content(described: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    for name, content in described.get("content", {}).items():
        return name, content.get("schema", {})
    return "", {}
