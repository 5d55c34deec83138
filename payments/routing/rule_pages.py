"""The form of one rule as plain data: its fields, what they hold, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.pages.display import field_amount
from merchant.core.pages.forms import FormField
from merchant.core.pages.frame import Places
from merchant.core.pages.parts import Choice
from payments.routing.pages import method_choices, place_choices, weekday_words
from payments.routing.rules import Rule
from payments.routing.services import RuleRefused


def name_fields(rule: Rule | None) -> tuple[FormField, ...]:
    """Return what the rule is called and whether it is in force."""
    is_active = rule is None or rule.is_active
    return (
        FormField("name", _("Name"), text=rule.name if rule else "", is_required=True, length_max=80),
        FormField("is_active", _("In force"), "tick", text="on" if is_active else ""),
    )


def condition_fields(rule: Rule | None, *, places: Places, currency: str) -> tuple[FormField, ...]:
    """Return what a payment is held against; `currency` is meant where the rule names none."""
    methods, channels, stores, weekdays = (
        (rule.methods, rule.channels, rule.stores, rule.weekdays) if rule else ((), (), (), ())
    )
    days = tuple(Choice(word, day, day in weekdays) for day, word in weekday_words().items())
    any_ = _("none chosen: any")
    own = (rule.currency if rule else "") or currency
    least, most = (rule.amount_from, rule.amount_to) if rule else (None, None)
    return (
        FormField("methods", _("Methods"), "ticks", hint=any_, choices=method_choices(methods)),
        FormField("channels", _("Channels"), "ticks", hint=any_, choices=place_choices(places.channels, channels)),
        FormField("stores", _("Locations"), "ticks", hint=any_, choices=place_choices(places.stores, stores)),
        FormField("weekdays", _("Weekdays"), "ticks", hint=any_, choices=days),
        FormField("brands", _("Card brands"), text=", ".join(rule.brands) if rule else "", hint="visa, mastercard"),
        FormField("countries", _("Card countries"), text=", ".join(rule.countries) if rule else "", hint="DE, SE"),
        FormField("currency", _("Currency"), text=rule.currency if rule else "", hint=currency, length_max=3),
        FormField("amount_from", _("Amount from"), "decimal", text=field_amount(least, own)),
        FormField("amount_to", _("Amount up to"), "decimal", text=field_amount(most, own)),
        FormField("time_from", _("From"), "time", text=rule.time_from if rule else ""),
        FormField("time_to", _("Until"), "time", text=rule.time_to if rule else ""),
    )


def reasons(error: AppError | None) -> Mapping[str, str]:
    """Return what is wrong with which field of a refused form."""
    if isinstance(error, RuleRefused):
        return {"name": error.message} if error.data.get("field") == "name" else {}
    return error.data.get("fields", {}) if error else {}
