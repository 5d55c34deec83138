"""Money that a marketplace took for an order of ours: recorded at once, owed by the marketplace until its report and its payout bring it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from orders.order import queries as orders
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.processing.authorisations import require_payable
from payments.processing.refusals import demand_currency
from payments.processing.tenders import record
from payments.records.models import Payment


class NotOfAMarketplace(AppError):
    """Only who sold the goods can have taken the money for them."""

    code = "not_of_a_marketplace"
    status = 422
    detail = "Order {number} was placed in the channel {channel}, which is no marketplace."
    next_step = "Take the money another way, or place the order in the marketplace's channel."


class AccountNotOfAMarketplace(AppError):
    """The account takes payments itself, or in another currency."""

    code = "account_not_of_a_marketplace"
    status = 422
    detail = "{account} cannot owe this: it takes payments itself, is switched off, or is in another currency."
    next_step = "Add the marketplace under Imports, Accounts, as another processor whose reports are read."


@transaction.atomic
def take_at_marketplace(*, order_id: UUID, account_id: UUID, amount: Money, reference: str, now: datetime) -> Payment:
    """
    Record what a marketplace took for an order, under its own `reference`. Locks the order.

    The money stands on the clearing account of the marketplace's report account until its report and payout bring it; a report without it is an exception.

    :raises WrongCurrency: for an amount that is not in the order's. :raises NotOfAMarketplace: for an order of another channel. :raises AccountNotOfAMarketplace: for an account that could not owe it.
    :raises NotFound: for an account that is not the merchant's. :raises AmountExceedsOpen, PaymentInProgress, PaymentOutcomeUnknown, OrderNotPayable: as for any payment.
    """
    order = orders.get_order_for_update(order_id)
    account = GatewayAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    if order.channel.kind != "marketplace":
        raise NotOfAMarketplace(number=order.number, channel=order.channel.name)
    demand_currency(amount, order.currency)
    if account.gateway not in registry.REPORTED or account.currency != amount.currency or not account.is_active:
        raise AccountNotOfAMarketplace(account=account.name)
    require_payable(order, amount)
    return record(
        order, method="marketplace", amount=amount, register_id=None, now=now, gateway_account=account,
        gateway_reference=reference.strip(),
    )  # fmt: skip
