"""Reads of customers: the filtered list, one of them, and who might be the same person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Upper

from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, typed_id
from merchant.core.pagination import PAGE_SIZE, PAGE_SIZE_MAX, Page
from merchant.customers.models import PURPOSES, Customer, CustomerConsent

CUSTOMER_FILTERS = ("q", "consent", "state", "sort")
STATES = ("active", "erased")
SORTS = ("name", "newest")
# The end of a number that tells people of a country apart; what stands before it is written in many ways.
_PHONE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class CustomerFilters:
    """What the list is narrowed by. Empty fields do not narrow; erased people are left out unless `state` asks for them."""

    text: str = ""
    consents: tuple[str, ...] = ()
    state: str = ""
    sort: str = "newest"
    # Only whole names, addresses and numbers find anybody: who sees them masked cannot spell them out letter by letter.
    is_exact: bool = False


def read_filters(params: Mapping[str, str], *, is_exact: bool = False) -> CustomerFilters:
    """
    Return the filters of a query string. Who finds people by whole names only does not sort by name either: one name put beside another spells it out.

    :raises FilterRefused: for what is unknown or cannot be understood.
    """
    reader = FilterReader(params, known=CUSTOMER_FILTERS)
    return CustomerFilters(
        text=reader.text("q"),
        consents=reader.choices("consent", PURPOSES),
        state=reader.choice("state", STATES),
        sort=reader.choice("sort", [word for word in SORTS if word != "name" or not is_exact]) or "newest",
        is_exact=is_exact,
    )


def find_customers(filters: CustomerFilters) -> QuerySet[Customer]:
    """Return the filtered customers in no order. Records joined with another are not among them."""
    rows: QuerySet[Customer] = Customer.objects.filter(merged_into=None, erased_at__isnull=filters.state != "erased")
    if filters.text:
        rows = rows.filter(_named(filters.text, is_exact=filters.is_exact))
    for purpose in filters.consents:
        rows = rows.filter(Exists(_agreed(purpose)))
    return rows


def _named(text: str, *, is_exact: bool) -> Q:
    if (key := typed_id(text)) is not None:
        return Q(id=key)
    whole = Q(email__iexact=text) | Q(name__iexact=text) | Q(phone=text) | Q(former_emails__contains=[text.lower()])
    return whole if is_exact else whole | Q(name__icontains=text) | Q(email__istartswith=text) | Q(phone__endswith=text)


def _agreed(purpose: str) -> QuerySet[CustomerConsent]:
    said = CustomerConsent.objects.filter(customer_id=OuterRef("pk"), purpose=purpose)
    newer = said.model.objects.filter(customer_id=OuterRef("customer_id"), purpose=purpose, id__gt=OuterRef("id"))
    agreed: QuerySet[CustomerConsent] = said.filter(~Exists(newer), is_given=True)
    return agreed


def page_by_name(
    rows: QuerySet[Customer], *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE
) -> Page[Customer]:
    """Return one page of `rows` by name; the cursors are ids, as in `pagination.page`. :raises NotFound: for a cursor that is nobody."""
    size = max(1, min(size, PAGE_SIZE_MAX))
    if before:
        found = list(_beyond(rows, before, is_forward=False).order_by("-name", "-id")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(found, str(found[-1].id) if found else None, str(found[0].id) if more and found else None)
    selected = _beyond(rows, after, is_forward=True) if after else rows
    found = list(selected.order_by("name", "id")[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(found, str(found[-1].id) if more else None, str(found[0].id) if after and found else None)


def _beyond(rows: QuerySet[Customer], cursor: str, *, is_forward: bool) -> QuerySet[Customer]:
    try:
        here = get_customer(UUID(cursor))
    except ValueError:
        raise NotFound() from None
    if is_forward:
        return rows.filter(Q(name__gt=here.name) | Q(name=here.name, id__gt=here.id))
    return rows.filter(Q(name__lt=here.name) | Q(name=here.name, id__lt=here.id))


def get_customer(customer_id: UUID) -> Customer:
    """Return a customer of the merchant in scope, also one that was joined with another or erased. :raises NotFound: if there is none."""
    customer: Customer | None = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise NotFound()
    return customer


def find_by_email(email: str) -> Customer | None:
    """Return the oldest customer with an address, None if nobody has it."""
    found: Customer | None = Customer.objects.filter(email__iexact=email, merged_into=None).order_by("id").first()
    return found


def list_addresses_in_use(emails: Collection[str]) -> set[str]:
    """Return which of `emails`, in small letters, is somebody's address now."""
    rows = Customer.objects.annotate(reader=Upper("email")).filter(reader__in=[email.upper() for email in emails])
    return {email.lower() for email in rows.values_list("email", flat=True)}


def list_emails(customer_ids: Collection[UUID]) -> list[str]:
    """Return the addresses that records have or had, in small letters."""
    rows = Customer.objects.filter(id__in=customer_ids).values_list("email", "former_emails")
    return sorted({address.lower() for email, former in rows for address in (email, *former)} - {""})


def list_records(customer_id: UUID) -> list[UUID]:
    """Return the ids under which a person is known: this one and those that were joined with it."""
    return [customer_id, *Customer.objects.filter(merged_into_id=customer_id).values_list("id", flat=True)]


def list_likely_same(customer: Customer) -> list[Customer]:
    """
    Return up to five other records that may be the same person: with the same address or number, however the number is written, else with the same full name.

    A first name alone says nothing, and who gave another number is somebody else.
    """
    number = _number_of(customer.phone)
    same = Q(email__iexact=customer.email) if customer.email else Q()
    if number:
        same |= Q(plain_phone__endswith=number)
    if len(customer.name.split()) > 1:
        same |= Q(name__iexact=customer.name) & (Q(phone="") if number else Q())
    if not same:
        return []
    plain = Func(F("phone"), Value(" -/().+"), Value(""), function="translate", output_field=TextField())
    others = Customer.objects.annotate(plain_phone=plain).filter(same, merged_into=None, erased_at=None)
    return list(others.exclude(id=customer.id).order_by("-id")[:5])


def _number_of(phone: str) -> str:
    """Return the end of a telephone number, which is the same with and without the country before it; "" for what is too short to tell people apart."""
    digits = "".join(character for character in phone if character.isdecimal())
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def list_consents(customer_id: UUID) -> list[CustomerConsent]:
    """Return everything the person ever said to any purpose, newest first, also under records that were joined with this one."""
    return list(CustomerConsent.objects.filter(customer_id__in=list_records(customer_id)).order_by("-id"))


def standing_consents(said: list[CustomerConsent]) -> dict[str, CustomerConsent]:
    """Return per purpose what holds of `said`, which is newest first."""
    return {consent.purpose: consent for consent in reversed(said)}
