"""What a file was narrowed by, its days and its rows, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from merchant.core.pages.display import count_text, day_text
from merchant.core.pages.sentences import Sentences
from merchant.core.pages.shell import current_locale
from merchant.core.pages.status import STATUS, appearance
from payments.records.words import METHODS
from reports.exports.makers import MakerMayNot

_NAMES = {
    "about": _("About"), "account": _("Account"), "action": _("What"), "actor": _("Who"), "amount_minor": _("Amount"), "by": _("Grouped by"),
    "calendar": _("Calendar"), "cause": _("Cause"), "channel": _("Channel"), "consent": _("Consent"), "currency": _("Currency"),
    "customer": _("Customer"), "date_from": _("From"), "date_to": _("To"), "detail": _("Detail"), "fulfilment_status": _("Hand-over"),
    "gateway": _("Gateway"), "gateway_account": _("Gateway account"), "kind": _("Kind"), "last4": _("Last four digits"), "layout": _("Columns"),
    "method": _("Method"), "money_stage": _("Where the money is"), "number": _("Number"), "order": _("Order"), "order_number": _("Order number"),
    "payout": _("Payout"), "phase": _("Phase"), "plan": _("Plan"), "q": _("Search"), "rating": _("Rating"), "reason": _("Reason"),
    "recipe": _("Kind of entry"), "reference": _("Reference"), "register": _("Till"), "row": _("Rows"), "sort": _("Sorted by"),
    "source": _("Source"), "state": _("State"), "status": _("Status"), "store": _("Location"), "subject": _("Object"), "without": _("Without"),
}  # fmt: skip
# Kind of file -> the states its rows can be in.
_FAMILIES = {
    "payments": "payment",
    "orders": "order",
    "disputes": "dispute",
    "payouts": "payout",
    "vouchers": "voucher",
    "damaged": "damaged",
    "reconciliation": "exception",
}
_PROBLEMS = Sentences((MakerMayNot.detail,))


def filters_words(filters: Mapping[str, str], *, kind: str) -> str:
    """Return what the rows of a file of `kind` were narrowed by."""
    return ", ".join(
        _ticked_words(value) if name == "ids" else f"{_NAMES.get(name, name)}: {_value(name, value, kind)}"
        for name, value in filters.items()
    )


def days_words(first: str, last: str) -> str:
    """Return the days of a file, both inclusive, "" where there are none; what is no day stays as it was written."""
    return " – ".join(dict.fromkeys(_day(day) for day in (first, last) if day))


def rows_words(number: int) -> str:
    """Return how many rows a file has."""
    return ngettext("{number} row", "{number} rows", number).format(number=count_text(number, locale=current_locale()))


def _ticked_words(ids: str) -> str:
    number = ids.count(",") + 1
    return ngettext("{number} ticked row", "{number} ticked rows", number).format(number=number)


def _value(name: str, value: str, kind: str) -> str:
    if name in ("date_from", "date_to"):
        return _day(value)
    return ", ".join(_word(name, piece, kind) for piece in value.split(","))


def _word(name: str, value: str, kind: str) -> str:
    if name == "method":
        return str(METHODS.get(value, value))
    family = "fulfilment" if name == "fulfilment_status" else _FAMILIES.get(kind, "")
    if name in ("status", "fulfilment_status") and value in STATUS.get(family, {}):
        return str(appearance(family, value).word)
    return value


def _day(text: str) -> str:
    try:
        return day_text(date.fromisoformat(text), shape="full", locale=current_locale())
    except ValueError:
        return text


def problem_words(stored: str) -> str:
    """Return why a schedule made no file in the reader's language, with the last day of the file it did not make."""
    day, colon, sentence = stored.partition(": ")
    return f"{_day(day)}: {_PROBLEMS.told(sentence)}" if colon else stored
