"""Stores and registers: opened, described, never closed by a person's slip. Each change is audited in its own transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from datetime import time as time_of_day
from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import EXPONENTS
from merchant.merchants import countries, vat_numbers
from merchant.merchants.models import Register, Store
from merchant.merchants.vat_numbers import VatNumberMalformed

_CODE = re.compile(r"[A-Z0-9]{2,10}")
_NAME_LENGTH_MAX, _TEXT_LENGTH_MAX = 60, 40
ADDRESS_FIELDS = ("street", "postcode", "city")


class StoreRefused(AppError):
    """The location or till cannot be understood, or is there already. `fields` says of each input what is wrong with it."""

    code = "store_refused"
    status = 422
    detail = "The location was not saved: {reason}."
    money = "Nothing was changed."
    next_step = "Correct it and send it again."


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What stands on receipts of a store, and when its business day ends. All of it may change."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    tax_number: str = ""
    organisation_number: str = ""
    day_cutoff: time_of_day = time_of_day(0, 0)


@transaction.atomic
def open_store(
    *, facts: StoreFacts, code: str, country: str, currency: str, zone: str, now: datetime
) -> tuple[Store, Register]:
    """
    Open a store with its first till. Country, currency and zone are for ever: what was sold is counted in them.

    :raises StoreRefused: if a field is not valid or the code is taken.
    """
    code, country, currency = code.strip().upper(), country.strip().upper(), currency.strip().upper()
    faults = _faults_of(facts, country=country)
    if not _CODE.fullmatch(code):
        faults["code"] = _("a code has 2 to 10 letters and digits")
    if not countries.is_country(country):
        faults["country"] = _("a country is two letters, like DE")
    if currency not in EXPONENTS:
        faults["currency"] = _("the currency is none of ISO 4217")
    if zone not in available_timezones():
        faults["zone"] = _("there is no such time zone")
    _require_none(faults)
    store = Store(code=code, country=country, currency=currency, zone=zone)
    _describe(store, facts)
    try:
        with transaction.atomic():
            store.save(force_insert=True)
            register = _register(store, "Till 1")
    except IntegrityError as error:
        raise StoreRefused(
            reason=_("there is a location or till with the code {code}").format(code=code), field="code"
        ) from error
    audit.record("store.opened", subject=f"store:{store.id}", now=now, data={"name": store.name, "code": code})
    return store, register


@transaction.atomic
def change_store(*, store_id: UUID, facts: StoreFacts, now: datetime) -> Store:
    """
    Change what stands on a store's receipts and when its day ends, from the next sale on. Locks the store.

    :raises NotFound: if there is none. :raises StoreRefused: if a field is not valid.
    """
    store: Store | None = Store.objects.select_for_update().filter(id=store_id).first()
    if store is None:
        raise NotFound()
    _require_none(_faults_of(facts, country=store.country))
    before = _told(store)
    _describe(store, facts)
    store.save()
    audit.record("store.changed", subject=f"store:{store.id}", now=now, data={"before": before, "after": _told(store)})
    return store


@transaction.atomic
def open_register(*, store_id: UUID, name: str, now: datetime) -> Register:
    """
    Open one more till in a store. Locks the store, so that two at once take different codes.

    :raises NotFound: if there is no such store. :raises StoreRefused: without a name, or for one the store has already.
    """
    store: Store | None = Store.objects.select_for_update().filter(id=store_id).first()
    if store is None:
        raise NotFound()
    name = name.strip()
    if fault := _fault_of_name(name):
        raise StoreRefused(reason=fault, field="till")
    if Register.objects.filter(store=store, name__iexact=name).exists():
        raise StoreRefused(
            reason=_("{place} has a till called {name}").format(place=store.name, name=name), field="till"
        )
    register = _register(store, name)
    audit.record(
        "register.opened", subject=f"register:{register.id}", now=now, data={"name": name, "code": register.code}
    )
    return register


def _register(store: Store, name: str) -> Register:
    taken = set(Register.objects.values_list("code", flat=True))
    number = next(number for number in range(1, len(taken) + 2) if f"{store.code}-{number}" not in taken)
    register: Register = Register.objects.create(store=store, name=name, code=f"{store.code}-{number}")
    return register


def _describe(store: Store, facts: StoreFacts) -> None:
    store.name = facts.name.strip()
    parts = {name: getattr(facts, name).strip()[:120] for name in ADDRESS_FIELDS}
    store.address = {**parts, "country": store.country} if any(parts.values()) else {}
    store.tax_number = _tax_number(facts, country=store.country)
    store.organisation_number = facts.organisation_number.strip()[:_TEXT_LENGTH_MAX]
    store.day_cutoff = facts.day_cutoff


def _faults_of(facts: StoreFacts, *, country: str) -> dict[str, str]:
    """Return what is wrong with the facts, by input."""
    faults = {}
    if fault := _fault_of_name(facts.name.strip()):
        faults["name"] = fault
    try:
        _tax_number(facts, country=country)
    except VatNumberMalformed as error:
        faults["tax_number"] = error.message
    return faults


def _tax_number(facts: StoreFacts, *, country: str) -> str:
    """Return the number as its country writes it. :raises VatNumberMalformed: if it is none; where the form is not known, any will do."""
    number = facts.tax_number.strip()[:_TEXT_LENGTH_MAX]
    is_checked = number and vat_numbers.is_known_form(country)
    return vat_numbers.checked_of_seller(number, country=country) if is_checked else number


def _fault_of_name(name: str) -> str:
    if name and len(name) <= _NAME_LENGTH_MAX:
        return ""
    return _("it needs a name of at most {number} characters").format(number=_NAME_LENGTH_MAX)


def _require_none(faults: dict[str, str]) -> None:
    if faults:
        raise StoreRefused(reason="; ".join(fault.rstrip(".") for fault in faults.values()), fields=faults)


def _told(store: Store) -> dict[str, object]:
    return {
        "name": store.name,
        "address": store.address,
        "tax_number": store.tax_number,
        "organisation_number": store.organisation_number,
        "day_cutoff": f"{store.day_cutoff:%H:%M}",
    }
