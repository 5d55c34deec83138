"""What staff type about people and keys: who is invited, what somebody may do and where, what a key is called."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from merchant.accounts import access
from merchant.accounts.scope_words import scope_choices
from merchant.core.pages.display import field_amount
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.frame import Place
from merchant.core.pages.parts import Choice
from merchant.core.pages.rules import read_amount
from merchant.core.pages.shell import role_word


def person_fields() -> tuple[FormField, ...]:
    """Return what is asked of somebody new."""
    return (
        FormField("email", _("E-mail"), "email", is_required=True, length_max=254),
        FormField("first_name", _("First name"), length_max=80),
        FormField("last_name", _("Last name"), length_max=80),
    )


def rights_fields(
    *,
    currency: str,
    places: tuple[Place, ...],
    role: str = "",
    limit_minor: int | None = None,
    mine: Collection[UUID] = (),
) -> tuple[FormField, ...]:
    """Return what somebody may do, up to how much, and where. Without `mine` they work everywhere."""
    limit = "" if limit_minor is None else field_amount(limit_minor, currency)
    # Nobody becomes an owner because nothing was chosen.
    nothing = () if role else (("", _("Choose a role")),)
    roles = choices_of([*nothing, *((one, role_word(one)) for one in access.ROLES)], role)
    fields = [
        FormField("role", _("Role"), "choice", choices=roles, is_required=True),
        FormField("refund_limit", _("Refund limit"), "decimal", limit, _("In {currency}; empty is no limit.").format(currency=currency), length_max=20),
    ]  # fmt: skip
    if places:
        ticks = tuple(Choice(place.name, str(place.id), place.id in mine) for place in places)
        fields.append(FormField("store", _("Locations"), "ticks", hint=_("none ticked means all"), choices=ticks))
    return tuple(fields)


def key_fields() -> tuple[FormField, ...]:
    """Return what is asked of a new API key."""
    scopes = tuple(Choice(words, scope) for scope, words in scope_choices(sorted(access.SCOPES)))
    return (
        FormField("name", _("Name"), is_required=True, length_max=80),
        FormField("scope", _("What it may do"), "ticks", choices=scopes),
    )


def read_limit(entered: QueryDict, *, currency: str) -> int | None:
    """Return the limit in minor units, None for no limit. :raises RuleInvalid: if it is no amount."""
    text = entered.get("refund_limit", "").strip()
    return read_amount(text, currency=currency, name=_("Refund limit")) if text else None


def read_stores(entered: QueryDict, places: tuple[Place, ...]) -> list[UUID]:
    """Return the places that are ticked, of those the caller sees."""
    ticked = entered.getlist("store")
    return [place.id for place in places if str(place.id) in ticked]
