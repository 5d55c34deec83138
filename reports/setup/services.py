"""Found a merchant, connect the sandbox, take a test payment, open a business to look at and put it away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from inventory.pricing import taxes
from merchant.accounts import callers
from merchant.accounts import services as accounts
from merchant.accounts.models import StaffMember, User
from merchant.accounts.queries import find_put_away
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.jobs import services as jobs
from merchant.core.money import EXPONENTS, Money
from merchant.core.tenancy import Actor, acting_for, current_merchant_id
from merchant.merchants.countries import is_country
from merchant.merchants.models import Merchant
from merchant.sales_channels import services as sales_channels
from merchant.sales_channels.models import Channel
from payments.checkout import services as checkout
from payments.checkout.baskets import Request
from payments.checkout.deliveries import Shopper
from payments.checkout.models import PaymentLink
from payments.fees.models import FeeContract
from payments.gateways.models import GatewayAccount
from payments.gateways.sandbox.setup import SandboxNotReached, SandboxTerms, connect_sandbox
from reports.demo import money as demo_money
from reports.demo import services as demo
from reports.demo.trading import TRADE_JOB
from reports.demo.wishes import Wish
from reports.setup import queries

# Only one of two browsers that send the first form at once founds a merchant.
_FOUNDING_LOCK = 7_316_001
# The test payment is one unit and a half of the merchant's own money; no other amount of the sandbox's means anything special.
_TEST_MAJOR = "1.50"
_TEST_CARD = "tok_visa_ok"
# The processor does not run, or does not answer: whoever pressed is told, and nothing was made.
SANDBOX_AWAY = (demo_money.SandboxKeyMissing, SandboxNotReached)
# What the sandbox keeps of each payment, so that fees are seen from the first settlement on.
_SANDBOX_FEE_BASIS_POINTS, _SANDBOX_FEE_FIXED_MINOR = 140, 10


class SetupRefused(AppError):
    """Something typed on the first page cannot be. `fields` says of each input what is wrong with it."""

    code = "setup_refused"
    status = 422
    detail = "Nothing was set up: {reason}."
    money = "Nothing was changed."
    next_step = "Correct it and send it again."


class AlreadySetUp(AppError):
    """Somebody works here already; the first page is over for ever."""

    code = "already_set_up"
    detail = "This installation has its first owner already."
    next_step = "Sign in, or ask an owner to invite you."


@dataclass(frozen=True, slots=True)
class Founding:
    """What the first form says. `standard_rate_basis_points` is for a country whose rates are not known here."""

    merchant_name: str
    country: str
    currency: str
    zone: str
    locale: str
    email: str
    first_name: str
    last_name: str
    password: str
    standard_rate_basis_points: int | None = None


@transaction.atomic
def found(*, founding: Founding, now: datetime) -> tuple[Merchant, User]:
    """
    Make the first merchant with its tax rates and channels, and its owner. Takes a lock of the installation, so that it happens once.

    :raises AlreadySetUp: if anybody is known here. :raises SetupRefused: for what cannot be; nothing is made then.
    """
    db.execute("SELECT pg_advisory_xact_lock(%s)", [_FOUNDING_LOCK])
    if not queries.is_untouched():
        raise AlreadySetUp()
    _check(founding)
    merchant = Merchant.objects.create(
        name=founding.merchant_name,
        base_currency=founding.currency,
        country=founding.country,
        zone=founding.zone,
        locale=founding.locale,
        created_at=now,
    )
    with acting_for(merchant.id):
        audit.record("merchant.founded", subject="merchant", now=now, data={"name": merchant.name})
        taxes.agree_usual(country=founding.country, standard_basis_points=founding.standard_rate_basis_points, now=now)
        sales_channels.open_usual_channels(merchant)
        invited = accounts.add_staff(
            email=founding.email,
            first_name=founding.first_name,
            last_name=founding.last_name,
            role="owner",
            now=now,
        )
    user = invited.member.user
    user.set_password(founding.password)
    user.save(update_fields=["password"])
    return merchant, user


def _check(founding: Founding) -> None:
    faults = {**_faults_of_business(founding), **_faults_of_person(founding)}
    if faults:
        raise SetupRefused(reason="; ".join(fault.rstrip(".") for fault in faults.values()), fields=faults)


def _faults_of_business(founding: Founding) -> dict[str, str]:
    faults = {}
    if not 1 <= len(founding.merchant_name) <= 120:
        faults["merchant_name"] = _("the business needs a name")
    if not is_country(founding.country):
        faults["other_country"] = _("a country is two letters, like DE")
    elif founding.country not in taxes.USUAL_RATES and founding.standard_rate_basis_points is None:
        faults["standard_rate"] = _("the tax rates of this country are not known here: write its standard rate")
    if founding.currency not in EXPONENTS:
        faults["currency"] = _("the currency is none of ISO 4217")
    if founding.zone not in available_timezones():
        faults["zone"] = _("there is no such time zone")
    return faults


def _faults_of_person(founding: Founding) -> dict[str, str]:
    faults = {name: _("Fill this in.") for name in ("first_name", "last_name") if not getattr(founding, name)}
    person = User(email=founding.email, first_name=founding.first_name, last_name=founding.last_name)
    try:
        validate_email(founding.email)
    except ValidationError as error:
        faults["email"] = " ".join(error.messages)
    try:
        validate_password(founding.password, person)
    except ValidationError as error:
        faults["password"] = " ".join(error.messages)
    return faults


def connect_test_gateway(*, webhook_base_url: str, now: datetime) -> GatewayAccount:
    """
    Open the merchant's account at the sandbox processor, or tell the processor our present address. A repeat makes no second account.

    Talks to the processor, so never inside a transaction.

    :raises SandboxKeyMissing, SandboxNotReached: without a running processor.
    """
    merchant = Merchant.objects.get(id=current_merchant_id())
    account = connect_sandbox(
        name="Sandbox",
        external_id=f"shop_{merchant.id.hex}",
        terms=SandboxTerms(
            currency=merchant.base_currency,
            zone=merchant.zone,
            merchant_name=merchant.name,
            cutoff=f"{merchant.day_cutoff:%H:%M}",
            fee_basis_points=_SANDBOX_FEE_BASIS_POINTS,
            fee_fixed_minor=_SANDBOX_FEE_FIXED_MINOR,
        ),
        control_key=demo_money.sandbox_control_key(),
        webhook_base_url=webhook_base_url,
        now=now,
    )
    if not FeeContract.objects.filter(gateway_account=account).exists():
        FeeContract.objects.create(
            gateway_account=account,
            valid_from=now.date().replace(month=1, day=1),
            basis_points=_SANDBOX_FEE_BASIS_POINTS,
            fixed_minor=_SANDBOX_FEE_FIXED_MINOR,
        )
    return account


@transaction.atomic
def take_test_payment(*, now: datetime) -> PaymentLink:
    """
    Sell one test piece over a payment link and pay it with the sandbox's card: the relay sends it, and everything that follows a payment follows.

    :raises NotFound: without a channel for links. :raises NoTestGateway: while payments would go to a real processor.
    """
    if not queries.only_sandbox_pays():
        raise NoTestGateway()
    channel = Channel.objects.filter(kind="link").order_by("id").first()
    if channel is None:
        raise NotFound()
    amount = Money.parse(_TEST_MAJOR if EXPONENTS[channel.currency] else "150", channel.currency)
    request = Request(
        channel=channel,
        currency=channel.currency,
        shopper=Shopper(),
        free_amount_minor=amount.minor,
        description=_("Test payment"),
    )
    link = checkout.begin(kind="link", request=request, now=now)
    checkout.pay(link=link, instrument={"token": _TEST_CARD}, return_url="", now=now)
    return link


class NoTestGateway(AppError):
    """A test payment is for the sandbox alone."""

    code = "no_test_gateway"
    detail = "There is no sandbox account, or payments would go to a real processor too."
    next_step = "Connect the sandbox first. With a real processor, take a small payment by a link instead."


@transaction.atomic
def open_demo(*, user: User, now: datetime) -> Merchant:
    """
    Open a business to look at, with goods, tills, terminals and a day's trade, in which `user` is the owner; or return the one they have. Outside any merchant's scope.

    :raises SandboxKeyMissing, SandboxNotReached: without a running processor; nothing is made.
    """
    User.objects.select_for_update().get(id=user.id)
    found = find_demo(user)
    if found is not None:
        return found
    wish = Wish(name=_("Demo business"), stores=2, gift_cards=4, has_staff=False, is_demo=True)
    made = demo.make_merchant(wish=wish, domain=f"demo-{secrets.token_hex(4)}.example", now=now)
    merchant = Merchant.objects.get(id=UUID(made["merchant_id"]))
    with acting_for(merchant.id):
        accounts.add_staff(email=user.email, role="owner", now=now)
        jobs.enqueue(TRADE_JOB, dedup_key=TRADE_JOB)
    return merchant


def find_demo(user: User) -> Merchant | None:
    """Return the business to look at that a person works for, None if there is none or it was put away."""
    merchants = StaffMember.across_merchants.filter(user_id=user.pk, is_active=True).values("merchant_id")
    return Merchant.objects.filter(id__in=merchants, is_demo=True, archived_at=None).order_by("created_at").first()


@transaction.atomic
def restore_demo(*, user: User) -> Merchant:
    """
    Bring back the demo business of `user` that was put away last: who worked for it does so again, its keys and tablets are taken again. Locks the merchant.

    What came due meanwhile is made once, as after a night without power. Outside any merchant's scope.

    :raises NotFound: if none was put away, or the person is not its owner.
    """
    gone = find_put_away(user.pk)
    if gone is None:
        raise NotFound()
    merchant = Merchant.objects.select_for_update().get(id=gone.id)
    if merchant.archived_at is not None:
        merchant.archived_at = None
        merchant.save(update_fields=["archived_at"])
        member = StaffMember.across_merchants.get(merchant_id=merchant.id, user_id=user.pk)
        with acting_for(merchant.id, Actor("staff", member.id, str(user))):
            audit.record("merchant.restored", subject="merchant", now=business_now(merchant.id))
        transaction.on_commit(callers.forget)
    return merchant


@transaction.atomic
def archive_demo(*, now: datetime) -> Merchant:
    """
    Put the demo business in scope away: every row stays, nobody works for it any more, its keys and tablets are refused within a second. Locks the merchant.

    :raises NotFound: if the merchant in scope is no demo.
    """
    merchant = Merchant.objects.select_for_update().filter(id=current_merchant_id(), is_demo=True).first()
    if merchant is None:
        raise NotFound()
    if merchant.archived_at is None:
        merchant.archived_at = now
        merchant.save(update_fields=["archived_at"])
        audit.record("merchant.archived", subject="merchant", now=business_now(merchant.id))
        transaction.on_commit(callers.forget)
    return merchant
