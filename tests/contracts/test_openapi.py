"""The API against its own description: whatever is sent, an answer that the description names, and never a server error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from merchant.accounts import callers as access_callers
from merchant.accounts.access import SCOPES
from merchant.wsgi import application
from tests.clients import signed_in
from tests.factories import (
    a_channel,
    a_device,
    a_merchant,
    a_register,
    a_staff_member,
    a_store,
    a_tax_class,
    a_variant,
    an_api_key,
)
from tests.factories.objects import OBJECTS

# 4 of each kind for about 100 operations and three callers: under a minute on a quiet machine, the same examples each time.
EXAMPLES = 4
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]


FORM_TOKEN = "a" * 32


@dataclass(frozen=True)
class Callers:
    """Headers by kind of caller, and ids of objects that are there by their name in an address."""

    headers: dict[str, dict[str, str]]
    ids: dict[str, str]


@pytest.fixture
def callers(valkey_url: str, settings: Any) -> Callers:
    """The headers of a till, of a key with every scope and of an owner, all of one merchant that trades."""
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey_url}}
    access_callers.forget()
    merchant = a_merchant()
    store = a_store(merchant)
    a_channel(merchant, kind="in_store")
    a_channel(merchant, stock_store=store)
    a_variant(merchant, store=store, stock=1000, tax_class=a_tax_class(merchant))
    _, token = a_device(a_register(store))
    _, secret = an_api_key(merchant, scopes=sorted(SCOPES))
    cookies = signed_in(a_staff_member(merchant, role="owner")).cookies
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    return Callers(
        headers={
            "till": {"Authorization": f"Device {token}"},
            "key": {"Authorization": f"Bearer {secret}"},
            "owner": {"Cookie": f"{cookie}; {settings.CSRF_COOKIE_NAME}={FORM_TOKEN}", "X-CSRFToken": FORM_TOKEN},
        },
        ids={name: str(build(merchant).pk) for name, build in OBJECTS.items() if "." not in name},
    )


def described() -> Any:
    """The description as it is published, with the application behind it."""
    document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    return schema


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("caller", "mode"),
    [
        ("till", GenerationMode.POSITIVE),
        ("key", GenerationMode.POSITIVE),
        ("owner", GenerationMode.POSITIVE),
        # Who may do everything gets furthest with what is wrong.
        ("owner", GenerationMode.NEGATIVE),
    ],
    ids=["till", "key", "owner", "owner-wrong"],
)
def test_every_answer_is_described_and_none_is_a_server_error(
    caller: str, mode: GenerationMode, callers: Callers
) -> None:
    faults: dict[str, str] = {}
    for found in described().get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # There is nothing about it that could be wrong.
        try:
            _attack(operation, mode, callers.headers[caller], callers.ids)
        except Exception as fault:
            faults[operation.label] = f"{type(fault).__name__}: {fault}"[:1500]

    assert faults == {}, "\n\n".join(f"{label}\n{fault}" for label, fault in faults.items())


def _attack(operation: Any, mode: GenerationMode, headers: dict[str, str], ids: dict[str, str]) -> None:
    quick = examples(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )

    @quick
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = ids.get(name, case.path_parameters[name])
        answer = case.call(headers={**headers, "Idempotency-Key": str(uuid4())})
        case.validate_response(answer, checks=CHECKS)

    once()


def test_every_operation_has_a_name_of_its_own_that_needs_no_number() -> None:
    document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]

    assert len(names) == len(set(names))
    assert [name for name in names if name.rsplit("_", 1)[-1].isdigit()] == []
