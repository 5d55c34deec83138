"""The access table against the product: each route has a row, each row a route, and each cell answers as the table says."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from merchant.accounts import access
from merchant.accounts.routes import PUBLIC, ROUTES
from merchant.core.audit.models import AuditEntry
from merchant.core.callers import SIGNED_IN
from tests.clients import signed_in, with_device, with_key
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store, an_api_key
from tests.factories.objects import BODIES, WORDS, builder_of
from tests.routes import Route, list_routes

# Frameworks' own pages, with rules of their own: sign-in, operators, the API's description, health.
FOREIGN = (
    "admin:",
    "account_",
    "mfa_",
    "usersessions_",
    "accounts_pages:merchant-switch",
    "schema",
    "docs",
    "swagger",
    "None",
    "language",
    "healthz",
    "readyz",
    "metrics",
)


def ours() -> list[Route]:
    """Every route that the access table speaks of."""
    return [route for route in list_routes() if not route.name.startswith(FOREIGN)]


def guarded() -> list[Route]:
    """Every route of one merchant, as far as the table has it."""
    return [route for route in ours() if (route.is_rest or route.is_page) and route.name in ROUTES]


def send(client: Client, route: Route, method: str, **ids: Any) -> Any:
    ids = {name: ids.get(name) or _some_value(name) for name in route.ids}
    body = json.dumps(BODIES.get(route.name, {}))
    return client.generic(
        method, route.address(**ids), body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid4())
    )


def _some_value(name: str) -> Any:
    return uuid4() if name.endswith("id") else "x"


@pytest.fixture(autouse=True)
def _unhurried(settings: Any, shared_cache: None) -> None:
    settings.CALLER_REQUESTS_PER_SECOND = 100_000


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {route.name for route in ours()}

    assert sorted(routes - set(ROUTES)) == []
    assert sorted(set(ROUTES) - routes) == []


def test_every_view_asks_for_the_right_its_row_names() -> None:
    for route in guarded():
        row = ROUTES[route.name]
        methods = set(route.methods)

        assert methods == set(row), route.name
        assert {method: route.view.right_for(method) for method in methods} == row, route.name


def test_what_the_table_calls_public_is_not_guarded_and_everything_else_is() -> None:
    for route in ours():
        is_public = set(ROUTES.get(route.name, {}).values()) == {PUBLIC}

        assert is_public is not (route.is_rest or route.is_page), route.name


def test_every_right_in_the_table_exists() -> None:
    asked = {right for row in ROUTES.values() for right in row.values()}

    assert asked - access.RIGHTS - {PUBLIC, SIGNED_IN} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(access.ROLES))
def test_a_role_reaches_what_its_rights_allow_and_nothing_else(role: str) -> None:
    client = signed_in(a_staff_member(a_merchant(), role=role))

    _check_cells(client, access.ROLES[role], [route for route in guarded() if _takes_staff(route)])


@pytest.mark.django_db
@pytest.mark.parametrize("scope", sorted(access.SCOPES))
def test_a_key_reaches_what_its_scope_allows_and_nothing_else(scope: str) -> None:
    _, token = an_api_key(a_merchant(), scopes=[scope])

    _check_cells(
        with_key(token),
        access.SCOPES[scope],
        [route for route in guarded() if route.is_rest and not _is_staff_only(route)],
    )


@pytest.mark.django_db
def test_a_tablet_reaches_what_a_register_may_and_nothing_else() -> None:
    _, token = a_device(a_register(a_store(a_merchant())))

    _check_cells(
        with_device(token),
        access.REGISTER_RIGHTS,
        [route for route in guarded() if route.is_rest and not _is_staff_only(route)],
    )


@pytest.mark.django_db
def test_nobody_reaches_nothing() -> None:
    for route in guarded():
        for method in route.methods:
            answer = send(Client(), route, method)

            assert answer.status_code == (401 if route.is_rest else 302), (route.name, method, answer.content)


@pytest.mark.django_db
def test_what_only_staff_may_do_no_token_may_do() -> None:
    _, key = an_api_key(a_merchant(), scopes=sorted(access.SCOPES))
    _, device = a_device(a_register(a_store(a_merchant())))

    for route in guarded():
        if not _is_staff_only(route):
            continue
        for method in route.methods:
            assert send(with_key(key), route, method).status_code in (401, 302), (route.name, method)
            assert send(with_device(device), route, method).status_code in (401, 302), (route.name, method)


@pytest.mark.django_db
def test_another_merchants_object_is_404_for_everybody_and_stays_as_it_was() -> None:
    other, everybody = a_merchant(), _everybody_of(a_merchant())

    for route in guarded():
        for method in route.methods if set(route.ids) - WORDS else ():
            objects = {name: _build(route, name, other) for name in route.ids}
            before = _state_of(objects)
            ids = {name: row.pk for name, row in objects.items()}
            answers = [send(client, route, method, **ids) for client in everybody]

            assert {answer.status_code for answer in answers} <= {401, 302, 403, 404}, (
                route.name,
                method,
                [a.content for a in answers],
            )
            assert 404 in [answer.status_code for answer in answers], (route.name, method, [a.content for a in answers])
            assert _state_of(objects) == before, (route.name, method)
    assert not AuditEntry.across_merchants.filter(merchant_id=other.id).exclude(actor_kind="system").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_session_changes_nothing_without_its_csrf_token(method: str) -> None:
    member = a_staff_member(a_merchant(), role="owner")
    client = signed_in(member)
    client.handler.enforce_csrf_checks = True

    for route in guarded():
        if method in route.methods and _takes_staff(route):
            assert send(client, route, method).status_code == 403, route.name


def _check_cells(client: Client, rights: frozenset[str], routes: list[Route]) -> None:
    for route in routes:
        for method, right in ROUTES[route.name].items():
            answer = send(client, route, method)
            refused = answer.status_code == 403 and (route.is_page or answer.json()["code"] == "right_missing")
            allowed = right == SIGNED_IN or right in rights

            assert refused is not allowed, (route.name, method, right, answer.status_code, answer.content[:300])
            assert answer.status_code < 500, (route.name, method, answer.content[:300])


def _everybody_of(merchant: Any) -> list[Client]:
    _, device = a_device(a_register(a_store(merchant)))
    _, key = an_api_key(merchant, scopes=sorted(access.SCOPES))
    return [signed_in(a_staff_member(merchant, role="owner")), with_device(device), with_key(key)]


def _takes_staff(route: Route) -> bool:
    return route.is_page or any(
        kind.__name__ == "StaffSessionAuthentication" for kind in route.view.authentication_classes
    )


def _is_staff_only(route: Route) -> bool:
    return route.is_page or [kind.__name__ for kind in route.view.authentication_classes] == [
        "StaffSessionAuthentication"
    ]


def _build(route: Route, name: str, merchant: Any) -> Any:
    build = builder_of(route.name, name)
    assert build is not None, f"{route.name} has '{name}' in its address: add a builder to tests/factories/objects.py"
    return build(merchant)


def _state_of(objects: dict[str, Any]) -> list[Any]:
    rows = [
        getattr(type(row), "across_merchants", type(row)._default_manager).filter(pk=row.pk).values().get()
        for row in objects.values()
    ]
    return [{key: value for key, value in row.items() if key not in ("last_seen_at", "last_used_at")} for row in rows]
