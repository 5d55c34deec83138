"""Every gateway the product speaks to, on one screen; and the card-present drivers that `terminals` brings."""

from __future__ import annotations

import json
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.vault import services as vault
from payments.gateways.base import AccountAccess, CardPresentDriver, Gateway
from payments.gateways.manual.gateway import ManualGateway
from payments.gateways.models import GatewayAccount
from payments.gateways.reported.gateway import ReportedGateway
from payments.gateways.sandbox.gateway import SandboxGateway

# Processors whose reports are read though nothing is asked of them. `other`: one whose files are read by a column mapping.
REPORTED: dict[str, str] = {
    "adyen": "Adyen",
    "checkout": "Checkout.com",
    "paypal": "PayPal",
    "stripe": "Stripe",
    "other": "Another processor",
}
GATEWAYS: dict[str, Gateway] = {
    gateway.code: gateway for gateway in (SandboxGateway(), ManualGateway(), *map(ReportedGateway, REPORTED))
}
# Where no payment, refund or terminal may be sent.
TAKES_NO_PAYMENTS = tuple(code for code, gateway in GATEWAYS.items() if not gateway.takes_payments)
_drivers: dict[str, CardPresentDriver] = {}


class GatewayNotAvailable(AppError):
    """The account names a gateway this installation does not have."""

    code = "gateway_not_available"
    detail = "The gateway {gateway} is not available here."


def gateway(code: str) -> Gateway:
    """
    Return the gateway called `code`.

    :raises GatewayNotAvailable: if there is none.
    """
    try:
        return GATEWAYS[code]
    except KeyError:
        raise GatewayNotAvailable(gateway=code) from None


def register_driver(driver: CardPresentDriver) -> None:
    """Add a card-present driver. Called once per process by `terminals`."""
    _drivers[driver.code] = driver


def card_present_driver(code: str) -> CardPresentDriver:
    """
    Return the driver called `code`.

    :raises GatewayNotAvailable: if `terminals` registered none.
    """
    try:
        return _drivers[code]
    except KeyError:
        raise GatewayNotAvailable(gateway=code) from None


def authorisation_days(account: GatewayAccount) -> int:
    """Return how many days an authorisation at the account holds: the account's own setting, else its gateway's."""
    return int(account.config.get("authorisation_days", gateway(account.gateway).authorisation_days))


def secret_context(account_id: UUID) -> str:
    """Return what binds an account's secret to its row."""
    return f"gateway_account:{account_id}:secret"


def access(account: GatewayAccount) -> AccountAccess:
    """Return `account` with its secrets opened, for the merchant in scope."""
    secrets = (
        json.loads(vault.open_secret(bytes(account.secret), context=secret_context(account.id)))
        if account.secret
        else {}
    )
    return AccountAccess(
        id=account.id,
        merchant_id=account.merchant_id,
        gateway=account.gateway,
        external_id=account.external_id,
        currency=account.currency,
        config=account.config,
        secrets=secrets,
    )
