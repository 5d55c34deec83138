"""Choose the account that takes a payment."""

from __future__ import annotations

from merchant.core.errors import AppError
from payments.gateways.models import GatewayAccount


class NoGateway(AppError):
    """No active account takes this method in this currency."""

    code = "no_gateway"
    status = 422
    detail = "No gateway account takes {method} in {currency}."
    next_step = "Connect one under Gateways, or take another tender."


def choose_account(*, method: str, currency: str) -> GatewayAccount:
    """
    Return the account that takes `method` in `currency`: the first active one, by age, whose `config["methods"]` names the method.

    :raises NoGateway: if there is none.
    """
    for account in GatewayAccount.objects.filter(is_active=True, currency=currency).order_by("id"):
        if method in account.config.get("methods", ["card", "card_present", "wallet"]):
            return account
    raise NoGateway(method=method, currency=currency)
