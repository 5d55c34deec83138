"""After a definite "not processed", and only then, the next account of the route is asked."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from payments.processing.authorisations import request_authorisation
from payments.records.models import Operation, Payment
from payments.routing import queries as routing_queries
from payments.routing import services as routing

logger = logging.getLogger(__name__)

# A shopper looks at a spinner: three accounts have been asked by then, or there are no more.
ACCOUNTS_MAX = 3
# What took longer to fail is no longer watched by anybody.
_WITHIN = timedelta(seconds=15)


def follow(operation: Operation, *, now: datetime) -> Operation | None:
    """
    Ask the next account for an authorisation that certainly was not processed, in the transaction that says so, and return it.

    None, and nothing is asked, unless its outcome is `failed` by the gateway's own first answer, somebody chose the account by rules, and another can take it. Never
    after a decline, never while anything about it is unknown. The order is locked by the caller.
    """
    if not _may_follow(operation):
        return None
    payment = Payment.objects.select_related("order", "gateway_account").get(id=operation.payment_id)
    account = payment.gateway_account
    token_gateway = account.gateway if operation.instrument.get("token") and account else ""
    found = routing.next_route(payment.id, token_gateway=token_gateway)
    if found is None:
        return None
    instrument = dict(operation.instrument)
    return_url = instrument.pop("return_url", "")
    try:
        asked = request_authorisation(
            order_id=payment.order_id,
            method=payment.method,
            amount=Money(payment.amount_minor, payment.currency),
            gateway_account=found.account,
            now=now,
            instrument=instrument,
            store_id=payment.store_id,
            return_url=return_url,
        )
    except AppError as refusal:
        logger.info("payment %s is not asked for elsewhere: %s", payment.id, refusal)
        return None
    routing.keep(found, payment_id=asked.payment_id, order_id=payment.order_id, now=now, after_payment_id=payment.id)
    return asked


def _may_follow(operation: Operation) -> bool:
    if operation.kind != "authorise" or operation.status != "failed" or operation.terminal_id is not None:
        return False
    if operation.submitted_at is None or machine_now() - operation.submitted_at > _WITHIN:
        return False
    return routing_queries.list_decisions(order_id=operation.order_id).count() < ACCOUNTS_MAX * _tries(operation)


def _tries(operation: Operation) -> int:
    """Return how often the payer has begun: each has its own accounts to go through."""
    return routing_queries.list_decisions(order_id=operation.order_id).filter(after_payment_id=None).count()
