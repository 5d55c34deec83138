"""
Change a customer, join two records of one person, write down consent, show masked data for a reason, erase.

Slices above hold a customer's orders, cards and mails: they register what moves and forgets those with `on_merge`, `on_erasure` and `hold_back`. The audit log
is never erased, so it names the fields that changed and never what stood in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.hidden_characters import check_words
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.customers import queries
from merchant.customers.models import PURPOSES, Customer, CustomerConsent
from merchant.messages import services as messages


class CustomerGone(AppError):
    """The record was erased, or joined with another one."""

    code = "customer_gone"
    detail = "This record was erased or joined with another one."
    next_step = "Open the record it was joined with."


class SameCustomer(AppError):
    """A record cannot be joined with itself."""

    code = "same_customer"
    detail = "These two are one record already."


class CustomerHeldBack(AppError):
    """Something with the person is not over, so their data is still needed."""

    code = "customer_held_back"
    detail = "The customer cannot be erased yet: {reasons}."
    next_step = "Finish that first, then erase."


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whose traces are to go: the ids and addresses under which the person was known."""

    customer_ids: Sequence[UUID]
    emails: Sequence[str]
    now: datetime


_movers: list[Callable[[UUID, UUID], int]] = []
_erasers: dict[str, Callable[[Erasure], int]] = {}
_holds: list[Callable[[Sequence[UUID]], Sequence[str]]] = []


def on_merge(move: Callable[[UUID, UUID], int]) -> None:
    """Register what gives the rows of one customer (first id) to another and returns how many. Called once a process."""
    _movers.append(move)


def on_erasure(what: str, erase: Callable[[Erasure], int]) -> None:
    """Register what forgets a person in rows called `what` and returns how many. Runs in the erasure's transaction. Called once a process."""
    _erasers[what] = erase


def hold_back(reasons: Callable[[Sequence[UUID]], Sequence[str]]) -> None:
    """Register what says why a person's data is still needed. Called once a process."""
    _holds.append(reasons)


@transaction.atomic
def register_customer(
    *, name: str, email: str = "", phone: str = "", locale: str, now: datetime
) -> tuple[Customer, bool]:
    """
    Make a customer and return it with True; whoever is known by the address already is returned with False, and nothing of them changes.

    Registrations of one address wait for each other until the caller's transaction ends.

    :raises Invalid: without a name and a way to reach them, for a character nobody sees, or for what is no address.
    """
    name, email, phone = name.strip(), email.strip(), phone.strip()
    if not name or not (email or phone):
        raise Invalid(reason=_("a customer has a name, and an e-mail address or a phone number"))
    check_words({"name": name, "phone": phone})
    if email:
        _require_address(email)
        db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_address_lock(email)])
        if (known := queries.find_by_email(email)) is not None:
            return known, False
    made: Customer = Customer.objects.create(name=name, email=email, phone=phone, locale=locale, created_at=now)
    audit.record("customer.registered", subject=_subject(made), now=now)
    return made, True


def lock_customer(*, customer_id: UUID) -> Customer:
    """
    Return a customer that is neither joined with another nor erased, locked in the caller's transaction. Locked before the orders it is about: joining and erasing do so too.

    :raises NotFound, CustomerGone: if there is none any more.
    """
    return _locked(customer_id)


@transaction.atomic
def change_customer(
    *, customer_id: UUID, name: str | None = None, email: str | None = None, phone: str | None = None, now: datetime
) -> Customer:
    """
    Change what is given and return the customer. Locks the record; a repeat changes nothing. An address that was is kept, for what was written there is theirs.

    :raises NotFound, CustomerGone: if there is none any more. :raises Invalid: for a character nobody sees, or for what is no address.
    """
    customer = _locked(customer_id)
    wanted = {"name": name, "email": email, "phone": phone}
    changed: dict[str, Any] = {field: value.strip() for field, value in wanted.items() if value is not None}
    changed = {field: value for field, value in changed.items() if value != getattr(customer, field)}
    check_words({field: value for field, value in changed.items() if field != "email"})
    if changed.get("email"):
        _require_address(changed["email"])
    if "email" in changed:
        changed["former_emails"] = _former(customer, changed["email"])
    for field, value in changed.items():
        setattr(customer, field, value)
    if changed:
        customer.save(update_fields=list(changed))
        fields = sorted(changed.keys() & wanted.keys())
        audit.record("customer.changed", subject=_subject(customer), now=now, data={"fields": fields})
    return customer


@transaction.atomic
def record_consent(
    *, customer_id: UUID, purpose: str, is_given: bool, words: str = "", source: str, now: datetime
) -> CustomerConsent:
    """
    Write down what a customer said to a purpose. Earlier words stay; the newest hold.

    :raises NotFound, CustomerGone: if there is no such customer any more. :raises Invalid: for an unknown purpose.
    """
    customer = _locked(customer_id)
    if purpose not in PURPOSES:
        raise Invalid(reason=_("purposes are {known}").format(known=", ".join(PURPOSES)))
    made: CustomerConsent = CustomerConsent.objects.create(
        customer=customer, purpose=purpose, is_given=is_given, words=words.strip()[:400], source=source[:40],
        recorded_by=current_actor().name[:120], said_at=now,
    )  # fmt: skip
    action = "customer.consent_given" if is_given else "customer.consent_withdrawn"
    audit.record(action, subject=_subject(customer), now=now, data={"purpose": purpose, "source": source[:40]})
    return made


@transaction.atomic
def reveal_customer(*, customer_id: UUID, reason: str, now: datetime) -> Customer:
    """
    Return a customer to somebody who sees names and addresses masked, and write down who looked and why.

    :raises NotFound: if there is none. :raises Invalid: without a reason of at least five letters.
    """
    reason = reason.strip()[:200]
    if len(reason) < 5:
        raise Invalid(reason=_("say why you need to see it"))
    customer = queries.get_customer(customer_id)
    audit.record("customer.revealed", subject=_subject(customer), now=now, data={"reason": reason})
    return customer


@transaction.atomic
def merge_customers(*, keep_id: UUID, other_id: UUID, now: datetime) -> Customer:
    """
    Join two records of one person: everything of the other one belongs to the kept one, which also gets what it lacks. Returns the kept one.

    Locks both records by id. Orders, payments and papers stay as they are; only whose they are changes. Cannot be undone.

    :raises SameCustomer: for one record twice. :raises NotFound, CustomerGone: if one is not there any more.
    """
    if keep_id == other_id:
        raise SameCustomer()
    locked = {found: _locked(found) for found in sorted((keep_id, other_id))}
    keep, other = locked[keep_id], locked[other_id]
    for field in ("name", "email", "phone"):
        setattr(keep, field, getattr(keep, field) or getattr(other, field))
    keep.former_emails = _former(keep, keep.email, *other.former_emails, other.email)
    keep.save(update_fields=["name", "email", "phone", "former_emails"])
    Customer.objects.filter(merged_into=other).update(merged_into=keep)
    other.name = other.email = other.phone = ""
    other.former_emails, other.merged_into = [], keep
    other.save(update_fields=["name", "email", "phone", "former_emails", "merged_into"])
    moved = sum(move(other.id, keep.id) for move in _movers)
    data = {"other": str(other.id), "rows_moved": moved}
    audit.record("customer.merged", subject=_subject(keep), now=now, data=data)
    audit.record("customer.merged_away", subject=_subject(other), now=now, data={"into": str(keep.id)})
    outbox.publish("customer.merged", _subject(keep), {"customer_id": str(keep.id), "merged_id": str(other.id)})
    return keep


@transaction.atomic
def erase_customer(*, customer_id: UUID, now: datetime) -> Mapping[str, int]:
    """
    Forget a person: name, addresses and numbers here and in everything registered. Returns how many rows of what were cleaned.

    An address they gave up is left alone where somebody else has it now. What the law makes a merchant keep stays: receipts and invoices as they were issued, amounts, taxes, the country goods went to, and the audit log. Locks the
    record. Cannot be undone.

    :raises NotFound, CustomerGone: if there is none any more. :raises CustomerHeldBack: while something with them is not over.
    """
    customer = _locked(customer_id)
    records = queries.list_records(customer.id)
    if reasons := [reason for why in _holds for reason in why(records)]:
        raise CustomerHeldBack(reasons=", ".join(reasons))
    former = set(customer.former_emails) - queries.list_addresses_in_use(customer.former_emails)
    emails = [email for email in {customer.email.lower(), *former} if email]
    erasure = Erasure(records, sorted(emails), now)
    done = {what: erase(erasure) for what, erase in _erasers.items()}
    done["mails"] = messages.forget_mails(recipients=erasure.emails) if erasure.emails else 0
    customer.name = customer.email = customer.phone = ""
    customer.former_emails, customer.erased_at = [], now
    customer.save(update_fields=["name", "email", "phone", "former_emails", "erased_at"])
    audit.record("customer.erased", subject=_subject(customer), now=now, data=dict(done))
    outbox.publish("customer.erased", _subject(customer), {"customer_id": str(customer.id)})
    return done


def _locked(customer_id: UUID) -> Customer:
    customer: Customer | None = Customer.objects.select_for_update(no_key=True).filter(id=customer_id).first()
    if customer is None:
        raise NotFound()
    if customer.erased_at is not None or customer.merged_into_id is not None:
        raise CustomerGone()
    return customer


def _require_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(reason=_("this is no e-mail address")) from None


def _address_lock(email: str) -> str:
    return f"customer:{current_merchant_id()}:{email.lower()}"


def _former(customer: Customer, email: str, *more: str) -> list[str]:
    """The addresses under which a customer with `email` was known, with `more` of them, in small letters."""
    known = {address.lower() for address in (*customer.former_emails, customer.email, *more)}
    return sorted(known - {"", email.lower()})


def _subject(customer: Customer) -> str:
    return f"customer:{customer.id}"
