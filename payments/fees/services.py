"""Agree on a version of a fee contract, and change one that is not in force yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.money import EXPONENTS, MINOR_MAX
from merchant.core.outbox import services as outbox
from merchant.core.telling import day_words
from merchant.core.tenancy import current_actor
from payments.fees import queries
from payments.fees.models import CARD_KINDS, PRICINGS, REGIONS, FeeContract, FeePrice
from payments.fees.pricing import Price, Terms
from payments.gateways.models import GatewayAccount
from payments.records.models import METHODS

CHANGED = "fee_contract.changed"
PRICES_MAX = 50
# Half of a sale; no processor takes more, and the product with the largest amount still fits a bigint.
BASIS_POINTS_MAX = 5_000
# Two years: a price agreed further ahead is a slip of the finger.
_DAYS_AHEAD_MAX = 731
_FIRST_DAY = date(2000, 1, 1)


class ContractRefused(Invalid):
    """The terms cannot be."""

    code = "fee_contract_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = "The contract is refused: {reason}."
    money = "Nothing was saved."


class ContractInForce(AppError):
    """A version that holds already is history: payments were judged by it."""

    code = "fee_contract_in_force"
    detail = "This version holds since {day} and cannot be changed."
    money = "Nothing was saved."
    next_step = "Enter a new version from a later day."


@transaction.atomic
def agree_contract(
    *, account_id: UUID | str, currency: str, valid_from: date, terms: Terms, note: str, today: date, now: datetime
) -> FeeContract:
    """
    Keep the next version of what a gateway account charges for rows settled in `currency` ("" for its own), and publish `fee_contract.changed`.

    Fixed parts are minor units of that currency. It may begin in the past, as contracts reach merchants late; rows since then are judged anew. Locks the account.

    :raises NotFound: if the account is not the merchant's.
    :raises ContractRefused: for terms that cannot be, or a day that is not after the last version's.
    """
    account = _locked(account_id)
    own = "" if currency == account.currency else currency
    _check(terms, currency=own, valid_from=valid_from, today=today)
    versions = FeeContract.objects.filter(gateway_account=account, currency=own)
    last = versions.order_by("-valid_from").values_list("valid_from", flat=True).first()
    if last is not None and valid_from <= last:
        raise ContractRefused(
            reason=_("the last version begins on {day}, and a new one begins after it").format(day=day_words(last))
        )
    contract = FeeContract(gateway_account=account, currency=own)
    return _store(contract, valid_from=valid_from, terms=terms, note=note, action="fee_contract.agreed", now=now)


@transaction.atomic
def change_contract(
    *, contract_id: UUID | str, valid_from: date, terms: Terms, note: str, today: date, now: datetime
) -> FeeContract:
    """
    Change a version that begins after `today`, and publish `fee_contract.changed`. Locks the account.

    :raises NotFound: if it is not the merchant's. :raises ContractInForce: if it holds already.
    :raises ContractRefused: for terms that cannot be, or a day that is not ahead or at which another version begins or passes.
    """
    contract = queries.get_contract(contract_id)
    _locked(contract.gateway_account_id)
    contract = queries.get_contract(contract_id)
    if contract.valid_from <= today:
        raise ContractInForce(day=contract.valid_from)
    _check(terms, currency=contract.currency, valid_from=valid_from, today=today)
    if valid_from <= today:
        raise ContractRefused(reason=_("a version that is changed begins after today"))
    others = FeeContract.objects.filter(
        gateway_account_id=contract.gateway_account_id, currency=contract.currency
    ).exclude(id=contract.id)
    first, last = sorted((contract.valid_from, valid_from))
    if others.filter(valid_from__gte=first, valid_from__lte=last).exists():
        raise ContractRefused(reason=_("another version begins between the two days"))
    return _store(contract, valid_from=valid_from, terms=terms, note=note, action="fee_contract.changed", now=now)


def _store(
    contract: FeeContract, *, valid_from: date, terms: Terms, note: str, action: str, now: datetime
) -> FeeContract:
    before = asdict(queries.terms_of(contract)) if contract.made_at else None
    since = min(valid_from, contract.valid_from or valid_from)
    for name in ("basis_points", "fixed_minor", "minimum_minor", "maximum_minor"):
        setattr(contract, name, getattr(terms.base, name))
    for name in ("pricing", "refund_fixed_minor", "chargeback_fixed_minor", "payout_fixed_minor", "monthly_minor"):
        setattr(contract, name, getattr(terms, name))
    contract.valid_from, contract.note = valid_from, note.strip()[:200]
    contract.made_by, contract.made_at = current_actor().name[:120], now
    contract.save()
    FeePrice.objects.filter(contract=contract).delete()
    FeePrice.objects.bulk_create(
        FeePrice(contract=contract, place=place, **asdict(price)) for place, price in enumerate(terms.prices, start=1)
    )
    subject = f"fee_contract:{contract.id}"
    data = {"valid_from": str(valid_from), "before": before, "after": asdict(terms), "note": contract.note}
    audit.record(action, subject=subject, now=now, data=data)
    payload = {"gateway_account_id": str(contract.gateway_account_id), "since": str(since)}
    outbox.publish(CHANGED, subject, payload)
    return queries.get_contract(contract.id)


def _locked(account_id: UUID | str) -> GatewayAccount:
    account: GatewayAccount | None = GatewayAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    # Not the row itself: payments that are being taken read it.
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"fee_contracts:{account.id}"])
    return account


def _check(terms: Terms, *, currency: str, valid_from: date, today: date) -> None:
    reason = next(_wrong(terms, currency), "")
    if not _FIRST_DAY <= valid_from <= today + timedelta(days=_DAYS_AHEAD_MAX):
        reason = _("that day is too far away")
    if reason:
        raise ContractRefused(reason=reason)


def _wrong(terms: Terms, currency: str) -> Iterator[str]:
    if currency and currency not in EXPONENTS:
        yield _("{currency} is no currency").format(currency=currency)
    if terms.pricing not in PRICINGS:
        yield _("a contract is blended or interchange plus")
    if len(terms.prices) > PRICES_MAX:
        yield _("there may be {number} prices").format(number=PRICES_MAX)
    parts = (terms.refund_fixed_minor, terms.chargeback_fixed_minor, terms.payout_fixed_minor, terms.monthly_minor)
    if any(part is not None and not 0 <= part <= MINOR_MAX for part in parts):
        yield _("an amount is negative or too large")
    yield from _wrong_price(terms.base, _("the price of everything else"))
    for place, price in enumerate(terms.prices, start=1):
        name = _("price {place}").format(place=place)
        yield from _wrong_price(price, name)
        if not (price.method or price.brand or price.region or price.card_kind):
            yield _("{price} says for which sales it is").format(price=name)
    told = [(price.method, price.brand, price.region, price.card_kind) for price in terms.prices]
    if len(set(told)) < len(told):
        yield _("two prices are for the same sales")


def _wrong_price(price: Price, name: str) -> Iterator[str]:
    least, most = price.minimum_minor, price.maximum_minor
    if not 0 <= price.basis_points <= BASIS_POINTS_MAX:
        yield _("{price} has a percentage between 0 and 50").format(price=name)
    if any(part is not None and not 0 <= part <= MINOR_MAX for part in (price.fixed_minor, least, most)):
        yield _("{price} has an amount that is negative or too large").format(price=name)
    if least is not None and most is not None and most < least:
        yield _("{price} has a maximum below its minimum").format(price=name)
    known = (price.method in ("", *METHODS), price.region in ("", *REGIONS), price.card_kind in ("", *CARD_KINDS))
    if not all(known) or len(price.brand) > 20:
        yield _("{price} names a method, region or kind of card that does not exist").format(price=name)
