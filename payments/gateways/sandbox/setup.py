"""Open an account at the sandbox processor for the merchant in scope."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from merchant.core.errors import AppError
from merchant.core.ids import new_id, new_secret
from merchant.core.vault import services as vault
from payments.gateways import registry
from payments.gateways.models import GatewayAccount

_ANSWER_SECONDS_MAX = 8


class SandboxNotReached(AppError):
    """The processor could not be asked to open the account."""

    code = "sandbox_not_reached"
    status = 503
    detail = "The sandbox processor at {address} did not open the account: {reason}"
    next_step = "Start the sandbox processor and connect again; repeating is harmless."


@dataclass(frozen=True, slots=True)
class SandboxTerms:
    """What the processor is told about the merchant; amounts in minor units of `currency`."""

    currency: str
    zone: str
    merchant_name: str
    cutoff: str = "00:00"
    iban: str = "DE89370400440532013000"
    fee_basis_points: int = 140
    fee_fixed_minor: int = 10
    bank_opening_minor: int = 0
    seed: str = ""


def connect_sandbox(
    *,
    name: str,
    external_id: str,
    terms: SandboxTerms,
    control_key: str,
    webhook_base_url: str,
    now: datetime,
    capture_mode: str = "automatic",
    base_url: str = "",
) -> GatewayAccount:
    """
    Create the merchant's account here and at the processor, and return it.

    A repeat with the same `external_id` keeps the keys and tells the processor the present terms. `webhook_base_url` is our own address as the processor
    reaches it; `base_url` overrides the installation's processor. Not to be called inside a transaction: it talks to the processor.

    :raises SandboxNotReached: if the processor does not answer; the account here stays and a repeat completes it.
    """
    account = GatewayAccount.objects.filter(gateway="sandbox", external_id=external_id).first()
    if account is None:
        account = _create(
            name=name,
            external_id=external_id,
            currency=terms.currency,
            capture_mode=capture_mode,
            now=now,
            config={
                "merchant_name": terms.merchant_name,
                "iban": terms.iban,
                **({"base_url": base_url} if base_url else {}),
            },
        )
    opened = registry.access(account)
    _tell(
        address=base_url or settings.SANDBOX_URL,
        control_key=control_key,
        seed=terms.seed,
        account=external_id,
        body={
            "account": external_id,
            "api_key": opened.secrets["api_key"],
            "terminal_key": opened.secrets["terminal_key"],
            "webhook_url": f"{webhook_base_url.rstrip('/')}/webhooks/sandbox/{account.id}/",
            "webhook_secrets": [opened.secrets["webhook_secret"]],
            "currency": terms.currency,
            "zone": terms.zone,
            "cutoff": terms.cutoff,
            "merchant_name": terms.merchant_name,
            "iban": terms.iban,
            "fee_basis_points": terms.fee_basis_points,
            "fee_fixed_minor": terms.fee_fixed_minor,
            "bank_opening_minor": terms.bank_opening_minor,
        },
    )
    return account


def new_webhook_secret() -> str:
    """Return a Standard Webhooks secret: 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def seal_secrets(account_id: UUID, values: Mapping[str, str]) -> bytes:
    """Return an account's secrets as they are stored, bound to its row."""
    return vault.seal(json.dumps(dict(values)), context=registry.secret_context(account_id))


def _create(
    *, name: str, external_id: str, currency: str, capture_mode: str, now: datetime, config: dict[str, Any]
) -> GatewayAccount:
    account_id = new_id()
    values = {"api_key": new_secret("sk"), "terminal_key": new_secret("tk"), "webhook_secret": new_webhook_secret()}
    account: GatewayAccount = GatewayAccount.objects.create(
        id=account_id,
        gateway="sandbox",
        name=name,
        external_id=external_id,
        currency=currency,
        capture_mode=capture_mode,
        config=config,
        secret=seal_secrets(account_id, values),
        created_at=now,
    )
    return account


def _tell(*, address: str, control_key: str, account: str, seed: str, body: dict[str, Any]) -> None:
    headers = {"X-Control-Key": control_key}
    try:
        with httpx.Client(base_url=address, headers=headers, timeout=_ANSWER_SECONDS_MAX, trust_env=False) as client:
            client.post("/control/accounts", json=body).raise_for_status()
            if seed:
                client.post("/control/seed", json={"account": account, "seed": seed}).raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxNotReached(address=address, reason=str(error)[:200]) from error
