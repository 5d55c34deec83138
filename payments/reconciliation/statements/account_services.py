"""Accounts that files are of: bank accounts, and accounts at processors that are known by their reports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import iban

from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import EXPONENTS
from merchant.core.vault import services as vault
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import REPORTED
from payments.reconciliation.matching.transfers import REFERENCE_KINDS
from payments.reconciliation.models import BankAccount
from payments.reconciliation.statements.ownership import plain_number

NAME_LENGTH_MAX = 80
# The longest IBAN has 34 characters; of shorter numbers than four the end would be the whole.
_NUMBER = re.compile(r"[0-9A-Z]{4,34}")
# Two letters and two check digits begin an IBAN and no other number of a bank.
_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,}")


class AccountRefused(AppError):
    """The account cannot be understood, or is there already."""

    code = "account_refused"
    status = 422
    detail = "The account was not added: {reason}."
    money = "Nothing was saved."
    next_step = "Correct it and send it again."


@transaction.atomic
def open_bank_account(*, name: str, number: str, currency: str, now: datetime) -> BankAccount:
    """
    Add a bank account, so that its statements are known. `number` is its IBAN or what the bank's files call it, and is sealed.

    :raises AccountRefused: if a field is not valid or the merchant has the account already.
    """
    name, currency = _named(name), _currency(currency)
    plain = plain_number(number)
    if not _NUMBER.fullmatch(plain):
        raise AccountRefused(reason=_("a number has 4 to 34 digits and letters"))
    if _LIKE_AN_IBAN.fullmatch(plain) and not iban.is_valid(plain):
        raise AccountRefused(reason=_("the check digits of the IBAN do not agree with the rest of it"))
    for other in BankAccount.objects.filter(hint=plain[-4:], currency=currency):
        if _number_of(other) == plain:
            raise AccountRefused(reason=_("{account} has that number").format(account=other.name))

    account = BankAccount(name=name, currency=currency, hint=plain[-4:])
    account.iban = vault.seal(plain, context=number_context(account.id))
    account.save(force_insert=True)
    audit.record(
        "bank_account.opened", subject=f"bank_account:{account.id}", now=now, data={"name": name, "hint": account.hint}
    )
    return account


@transaction.atomic
def set_reference_kinds(*, kinds: Mapping[str, str], now: datetime) -> None:
    """
    Say for bank accounts, by id, which reference payers are asked to quote; ids that are not the merchant's change nothing. A repeat changes nothing.

    :raises AccountRefused: for a kind there is not.
    """
    if unknown := set(kinds.values()) - set(REFERENCE_KINDS):
        raise AccountRefused(
            reason=_("a reference is one of {known}, not {asked}").format(
                known=", ".join(REFERENCE_KINDS), asked=min(unknown) or "nothing"
            )
        )
    for account in BankAccount.objects.select_for_update().filter(id__in=kinds).order_by("id"):
        if account.reference_kind == kinds[str(account.id)]:
            continue
        account.reference_kind = kinds[str(account.id)]
        account.save(update_fields=["reference_kind"])
        data = {"name": account.name, "reference_kind": account.reference_kind}
        audit.record("bank_account.reference_chosen", subject=f"bank_account:{account.id}", now=now, data=data)


@transaction.atomic
def open_report_account(*, processor: str, name: str, external_id: str, currency: str, now: datetime) -> GatewayAccount:
    """
    Add an account at a processor whose reports are read; no payment is ever sent there. `external_id` is what its reports call the account.

    :raises AccountRefused: if a field is not valid or the merchant has the account already.
    """
    name, currency, external_id = _named(name), _currency(currency), external_id.strip()
    if processor not in REPORTED:
        raise AccountRefused(reason=_("the processor is not one we know"))
    if not external_id or len(external_id) > NAME_LENGTH_MAX:
        raise AccountRefused(
            reason=_("what its reports call it has 1 to {number} characters").format(number=NAME_LENGTH_MAX)
        )
    if GatewayAccount.objects.filter(gateway=processor, external_id=external_id).exists():
        raise AccountRefused(
            reason=_("there is an account {external_id} at {processor}").format(
                external_id=external_id, processor=REPORTED[processor]
            )
        )

    account: GatewayAccount = GatewayAccount.objects.create(
        gateway=processor, name=name, external_id=external_id, currency=currency,
        config=_settings_of(processor, external_id), created_at=now,
    )  # fmt: skip
    audit.record(
        "gateway_account.opened",
        subject=f"gateway_account:{account.id}",
        now=now,
        data={"name": name, "gateway": processor, "external_id": external_id},
    )
    return account


def _settings_of(processor: str, external_id: str) -> dict[str, str]:
    """Adyen's and Checkout.com's rows name their account, and one that names another is refused; what others write differs by the columns that were chosen."""
    return {"report_account": external_id} if processor in ("adyen", "checkout") else {}


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH_MAX:
        raise AccountRefused(reason=_("it needs a name of at most {number} characters").format(number=NAME_LENGTH_MAX))
    return name


def _currency(currency: str) -> str:
    currency = currency.strip().upper()
    if currency not in EXPONENTS:
        raise AccountRefused(reason=_("the currency is none of ISO 4217"))
    return currency


def number_context(account_id: UUID) -> str:
    """Return what binds a bank account's number to its row."""
    return f"bank_account:{account_id}:iban"


def _number_of(account: BankAccount) -> str:
    try:
        return plain_number(vault.open_secret(bytes(account.iban), context=number_context(account.id)))
    except (vault.SecretUnreadable, ValueError):
        return ""
