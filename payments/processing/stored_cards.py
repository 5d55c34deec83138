"""Cards that customers leave with the gateway: ask for storing one, charge it, give it back. Only with consent, first payment and evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.states import IllegalTransition, move
from merchant.core.telling import state_words
from orders.order import queries as orders
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.processing.authorisations import request_authorisation
from payments.processing.operations import new_reference
from payments.records import credentials
from payments.records.models import Operation, Payment, StoredCredential
from payments.records.states import STORED_CARD


class CardNotStorable(AppError):
    """The card of this payment cannot be kept, or no account keeps cards."""

    code = "card_not_storable"
    status = 422
    detail = "The card cannot be stored: {why}."
    next_step = "Let the customer give the card anew and agree to storing it."


class CardStoredAlready(AppError):
    """The card of this payment is stored, or is being stored."""

    code = "card_stored_already"
    detail = "The card of this payment is stored already, or is being stored."
    next_step = "Use that stored card."


class WrongCustomer(credentials.CredentialNotUsable):
    """The order is another customer's than the card."""


def consent(*, customer_id: UUID, text: str, at: datetime) -> dict[str, Any]:
    """Return what goes into the instrument of a payment whose customer agrees, in these words and at this moment, to their card being stored."""
    return {"store": {"customer_id": str(customer_id), "consent_text": text, "consented_at": at.isoformat()}}


@transaction.atomic
def request_storing(
    *, customer_id: UUID, text: str, consented_at: datetime, account: GatewayAccount, instrument: dict[str, Any],
    now: datetime,
) -> StoredCredential:  # fmt: skip
    """
    Ask `account` to keep a card without charging it: an authorisation of nothing by `instrument`, {"token": …} or {"session": True, "return_url": …}.

    The relay asks after the commit; until the gateway and the customer's bank have answered, the card cannot be charged.

    :raises CardNotStorable: if the gateway keeps no cards.
    """
    _require_keeps_cards(account)
    agreed = consent(customer_id=customer_id, text=text, at=consented_at)
    return _requested(
        StoredCredential(
            customer_id=customer_id,
            gateway_account=account,
            consent_text=text,
            consented_at=consented_at,
            instrument=instrument | agreed,
        ),
        now=now,
    )


@transaction.atomic
def request_storing_of_payment(
    *, payment_id: UUID, customer_id: UUID | None, text: str, consented_at: datetime, now: datetime
) -> StoredCredential:
    """
    Ask for the card of a payment to be kept, which its customer began and whose bank has approved it. The relay asks after the commit.

    `customer_id` is needed where the order has no customer. Locks the order.

    :raises NotFound: if there is no such payment. :raises CardNotStorable: unless the customer paid it by card at an account that keeps cards.
    :raises CardStoredAlready: if its card is or is being stored.
    """
    payment = Payment.objects.select_related("gateway_account").filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    order = orders.get_order_for_update(payment.order_id)
    account = payment.gateway_account
    first = payment.operations.filter(kind="authorise", status="succeeded").first()
    owner = order.customer_id or customer_id
    for is_wrong, why in (
        (account is None or payment.method not in ("card", "wallet"), _("it was not paid by card online")),
        (payment.initiation != "customer", _("the customer did not begin the payment")),
        (first is None, _("the payment is {status}").format(status=state_words(payment.status))),
        (owner is None, _("the order has no customer")),
        (customer_id is not None and customer_id != owner, _("the order is another customer's")),
    ):
        if is_wrong:
            raise CardNotStorable(why=why)
    assert account is not None
    assert owner is not None
    _require_keeps_cards(account)
    return _requested(
        StoredCredential(
            customer_id=owner,
            gateway_account=account,
            first_operation=first,
            card_brand=payment.card_brand,
            card_last4=payment.card_last4,
            consent_text=text,
            consented_at=consented_at,
        ),
        now=now,
    )


def find_account(currency: str = "") -> GatewayAccount:
    """
    Return the merchant's account that keeps cards: the oldest one that is active, of `currency` if that is given.

    :raises CardNotStorable: if there is none.
    """
    accounts = GatewayAccount.objects.filter(is_active=True).order_by("id")
    for account in accounts.filter(currency=currency) if currency else accounts:
        if "stored_credentials" in registry.gateway(account.gateway).abilities:
            found: GatewayAccount = account
            return found
    raise CardNotStorable(why=_("no account keeps cards"))


@transaction.atomic
def charge(
    *,
    credential_id: UUID,
    order_id: UUID,
    amount: Money,
    now: datetime,
    by_customer: bool = False,
    return_url: str = "",
) -> Operation:
    """
    Ask for `amount` towards an order with a stored card. Locks the order.

    The merchant begins it, and nobody can be asked to prove anything; or `by_customer`, who is there to answer their bank and comes back to `return_url`.

    :raises CredentialNotUsable: without consent, the network's reference of the first payment, or its evidence of customer authentication; for another customer's order.
    And what `request_authorisation` raises.
    """
    order = orders.get_order_for_update(order_id)
    credential = credentials.get_chargeable(credential_id)
    if order.customer_id not in (None, credential.customer_id) or (by_customer and order.customer_id is None):
        raise WrongCustomer(why=_("the order is not this customer's"))
    instrument: dict[str, Any] = {"credential_id": str(credential.id)}
    return request_authorisation(
        order_id=order_id,
        method="card",
        amount=amount,
        gateway_account=credential.gateway_account,
        now=now,
        instrument=instrument | ({"by_customer": True} if by_customer else {}),
        return_url=return_url,
        initiation="customer" if by_customer else "merchant",
    )


@transaction.atomic
def revoke(*, credential_id: UUID, now: datetime) -> StoredCredential:
    """
    Take a customer's consent back: the card is charged no more, its token is forgotten, and a charge that was not sent yet is not sent. A repeat changes nothing.

    :raises NotFound: if there is no such card.
    """
    credential = credentials.get_credential(credential_id)
    try:
        move(credential, STORED_CARD, "revoked", revoked_at=now, secret=b"", instrument={}, next_look_at=None)
    except IllegalTransition:
        return credential
    credentials.tell(credential, "revoked", now=now)
    return credential


def _require_keeps_cards(account: GatewayAccount) -> None:
    if "stored_credentials" not in registry.gateway(account.gateway).abilities:
        raise CardNotStorable(why=_("{account} keeps no cards").format(account=account.name))


def _requested(credential: StoredCredential, *, now: datetime) -> StoredCredential:
    credential.status = "requested"
    credential.reference = new_reference()
    credential.created_at = now
    credential.next_look_at = machine_now()
    try:
        with transaction.atomic():
            credential.save(force_insert=True)
    except IntegrityError as error:
        if "one_stored_card_per_payment" in str(error):
            raise CardStoredAlready() from error
        raise
    audit.record(
        "stored_card.requested",
        subject=f"customer:{credential.customer_id}",
        now=now,
        data={"stored_card_id": str(credential.id), "reference": credential.reference},
    )
    notify.after_commit(notify.RELAY)
    return credential
