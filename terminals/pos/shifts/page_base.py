"""What the pages of the day's close share: who is signed in, forms done once, and amounts as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from merchant.accounts.approvals.services import ApprovalNeeded, Wish
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from merchant.core.staff_pages import StaffPageView
from terminals.pos.shifts import queries
from terminals.pos.shifts.counting import CountMissing
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Shift
from terminals.pos.shifts.pages import FormPage


class ShiftPageView(StaffPageView):
    """What all these pages need."""

    right: ClassVar[str | Mapping[str, str]] = "shift.read"

    @property
    def person(self) -> Person:
        """Who is signed in."""
        return Person(self.caller.name, self.caller.id)

    @property
    def now(self) -> datetime:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)

    def own_shift(self, shift_id: UUID) -> Shift:
        """Return a shift of a store the person sees. :raises NotFound: for others."""
        shift = queries.get_shift(shift_id)
        self.require_store(shift.store_id)
        return shift

    def once(
        self, request: HttpRequest, act: Callable[[], str], on_refusal: Callable[[AppError], HttpResponse]
    ) -> HttpResponse:
        """Do `act` once; what is refused is shown by `on_refusal`."""
        try:
            return self.act_once(request, act)
        except NotFound:
            raise
        except AppError as error:
            return on_refusal(error)


def wish_of(needed: ApprovalNeeded, reason: str) -> Wish:
    """Return what has to be asked for, as the refusal named it."""
    asked = needed.data["amount"]
    amount = Money(asked["amount_minor"], asked["currency"]) if asked else None
    return Wish(needed.data["right"], needed.data["subject"], reason, amount, needed.data["store_id"])


def form_page(
    title: str, url: str, choices: list[tuple[str, str]], entered: dict[str, Any], error: AppError | None
) -> FormPage:
    """Return a short form, with what was refused above it."""
    errors = (f"{error.message} {error.next_step}".strip(),) if error else ()
    return FormPage(title, url, str(uuid4()), tuple(choices), entered, errors)


def whole_of(text: str) -> int:
    """Return how many pieces somebody wrote. :raises Invalid: for anything but a whole number."""
    text = text.strip()
    if not text.isdecimal() or len(text) > 6:
        raise Invalid(reason=_("write whole numbers of notes and coins"))
    return int(text)


def amount_of(text: str, currency: str) -> int:
    """Return an amount as somebody wrote it in minor units; nothing is 0. :raises Invalid: if it cannot be understood."""
    text = text.strip().replace(",", ".")
    if not text:
        return 0
    try:
        minor = Money.parse(text, currency).minor
    except (AmountMalformed, AmountPrecision):
        raise Invalid(reason=_("write the amount like 12.50")) from None
    if minor < 0:
        raise Invalid(reason=_("write the amount without a sign"))
    return minor


def written_amount_of(text: str, currency: str) -> int:
    """Return an amount that somebody had to write, in minor units. :raises Invalid: if nothing was written, or it cannot be understood."""
    if not text.strip():
        raise Invalid(reason=_("write the amount; 0 if there is none"))
    return amount_of(text, currency)


def count_of(fields: QueryDict) -> UUID:
    """Return which count a form ends a shift at. :raises CountMissing: if it names none."""
    count_id = typed_id(fields.get("count_id", ""))
    if count_id is None:
        raise CountMissing()
    return count_id
