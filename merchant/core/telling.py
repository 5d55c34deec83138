"""
Sentences with something filled in: amounts, days and states as the reader's language writes them.

What refusals carry stays plain data for programs; only the sentence made of it is worded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, gettext, override, pgettext_lazy

from merchant.core.money import EXPONENTS, Money
from merchant.core.pages.display import count_text, day_text, money_text
from merchant.core.pages.shell import current_locale

# By these names sentences hold the state of a thing, and the thing.
_STATE_NAMES = frozenset({"status", "state", "stage", "target"})
_THING_NAME = "what"
# Not three, and not within a word ("../x").
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?=\s|$)")

# As it stands behind "is": Order 17 is completed.
STATES = {
    "accepted": pgettext_lazy("state", "accepted"),
    "action_required": pgettext_lazy("state", "waiting for the customer"),
    "asked": pgettext_lazy("state", "asked for"),
    "at_risk": pgettext_lazy("state", "at risk"),
    "authorised": pgettext_lazy("state", "authorised"),
    "back": pgettext_lazy("state", "put back on sale"),
    "balanced": pgettext_lazy("state", "balanced"),
    "being cancelled": pgettext_lazy("state", "being cancelled"),
    "booked": pgettext_lazy("state", "booked"),
    "broken": pgettext_lazy("state", "disproved"),
    "cancelled": pgettext_lazy("state", "cancelled"),
    "captured": pgettext_lazy("state", "captured"),
    "cleared": pgettext_lazy("state", "cleared"),
    "closed": pgettext_lazy("state", "closed"),
    "collected": pgettext_lazy("state", "collected"),
    "completed": pgettext_lazy("state", "completed"),
    "confirmed": pgettext_lazy("state", "confirmed"),
    "dead": pgettext_lazy("state", "given up"),
    "declined": pgettext_lazy("state", "declined"),
    "delivered": pgettext_lazy("state", "delivered"),
    "done": pgettext_lazy("state", "done"),
    "draft": pgettext_lazy("state", "a draft"),
    "dropped": pgettext_lazy("state", "dropped"),
    "evidence_due": pgettext_lazy("state", "waiting for evidence"),
    "expected": pgettext_lazy("state", "expected"),
    "expired": pgettext_lazy("state", "expired"),
    "failed": pgettext_lazy("state", "failed"),
    "fulfilled": pgettext_lazy("state", "handed over"),
    "granted": pgettext_lazy("state", "granted"),
    "handed_over": pgettext_lazy("state", "handed over"),
    "held": pgettext_lazy("state", "held"),
    "in_bank": pgettext_lazy("state", "in the bank"),
    "in_payment": pgettext_lazy("state", "taking a payment"),
    "in_transit": pgettext_lazy("state", "on the way to the bank"),
    "landed": pgettext_lazy("state", "taken in"),
    "lost": pgettext_lazy("state", "lost"),
    "met": pgettext_lazy("state", "proved"),
    "needs_care": pgettext_lazy("state", "in need of care"),
    "offline": pgettext_lazy("state", "offline"),
    "open": pgettext_lazy("state", "open"),
    "opened": pgettext_lazy("state", "opened"),
    "out_of_balance": pgettext_lazy("state", "out of balance"),
    "paid": pgettext_lazy("state", "paid"),
    "partial": pgettext_lazy("state", "done in part"),
    "partly_refunded": pgettext_lazy("state", "refunded in part"),
    "pending": pgettext_lazy("state", "pending"),
    "posted": pgettext_lazy("state", "posted"),
    "queued": pgettext_lazy("state", "queued"),
    "reading": pgettext_lazy("state", "being read"),
    "ready": pgettext_lazy("state", "ready"),
    "received": pgettext_lazy("state", "received"),
    "refunded": pgettext_lazy("state", "refunded"),
    "refused": pgettext_lazy("state", "refused"),
    "released": pgettext_lazy("state", "released"),
    "requested": pgettext_lazy("state", "requested"),
    "resolved": pgettext_lazy("state", "resolved"),
    "returned": pgettext_lazy("state", "returned"),
    "revoked": pgettext_lazy("state", "revoked"),
    "running": pgettext_lazy("state", "running"),
    "sent": pgettext_lazy("state", "sent"),
    "short": pgettext_lazy("state", "paid short"),
    "stored": pgettext_lazy("state", "stored"),
    "submitted": pgettext_lazy("state", "submitted"),
    "succeeded": pgettext_lazy("state", "successful"),
    "taken": pgettext_lazy("state", "taken"),
    "unfulfilled": pgettext_lazy("state", "not handed over"),
    "unknown": pgettext_lazy("state", "of unknown outcome"),
    "unproven": pgettext_lazy("state", "unproven"),
    "updating": pgettext_lazy("state", "being updated"),
    "used": pgettext_lazy("state", "used"),
    "voided": pgettext_lazy("state", "voided"),
    "waiting": pgettext_lazy("state", "waiting"),
    "withdrawn": pgettext_lazy("state", "withdrawn"),
    "won": pgettext_lazy("state", "won"),
    "written_off": pgettext_lazy("state", "written off"),
}
# As it stands behind "This": This payment is refunded.
THINGS = {
    "answer": pgettext_lazy("thing", "answer"),
    "approval": pgettext_lazy("thing", "approval"),
    "count": pgettext_lazy("thing", "count"),
    "damaged goods": pgettext_lazy("thing", "record of damaged goods"),
    "delivery": pgettext_lazy("thing", "delivery"),
    "deposit": pgettext_lazy("thing", "deposit"),
    "dispute": pgettext_lazy("thing", "dispute"),
    "exception": pgettext_lazy("thing", "exception"),
    "job": pgettext_lazy("thing", "job"),
    "offline gift card": pgettext_lazy("thing", "gift card payment taken offline"),
    "offline sale": pgettext_lazy("thing", "sale made offline"),
    "operation": pgettext_lazy("thing", "operation"),
    "order": pgettext_lazy("thing", "order"),
    "override": pgettext_lazy("thing", "override"),
    "payment": pgettext_lazy("thing", "payment"),
    "payout": pgettext_lazy("thing", "payout"),
    "pickup": pgettext_lazy("thing", "pick-up"),
    "report": pgettext_lazy("thing", "report"),
    "reservation": pgettext_lazy("thing", "reservation"),
    "shift": pgettext_lazy("thing", "shift"),
    "statement": pgettext_lazy("thing", "statement"),
    "stored card": pgettext_lazy("thing", "stored card"),
    "transfer": pgettext_lazy("thing", "transfer"),
}


def tell(sentence: str, data: Mapping[str, Any]) -> str:
    """
    Return `sentence` in the reader's language with `data` filled in.

    Days and `Money` are written as the language does, states and kinds of things are words. Where `data` has `left_minor` and
    `currency`, the sentence may say `{left}`.
    """
    said = gettext(sentence)
    return one_stop(said.format(**_amounts(data), **{name: _piece(name, value) for name, value in data.items()}))


def one_stop(said: str) -> str:
    """Return a sentence whose last word brings a full stop of its own ("18. Nov." in German) with one."""
    return _TWO_STOPS.sub(".", said)


def money_words(minor: int, currency: str) -> str:
    """Return an amount for a sentence, as the reader's language writes it."""
    return money_text(Money(minor, currency), locale=current_locale())


def day_words(day: date) -> str:
    """Return a day for a sentence, as the reader's language writes it."""
    return day_text(day, shape="full", locale=current_locale())


def count_words(number: int) -> str:
    """Return a whole number for a sentence or a figure, with the separators of the reader's language."""
    return count_text(number, locale=current_locale())


def state_words(state: str) -> str:
    """Return how a thing stands, as it is said behind "is"."""
    return str(STATES.get(state, state.replace("_", " ")))


def in_language_of(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `answer` makes, in the language `request` asks for. For middleware that refuses before `LocaleMiddleware` has looked."""
    language = get_language_from_request(request)
    with override(language):
        made = answer()
    patch_vary_headers(made, ("Accept-Language",))
    made.headers.setdefault("Content-Language", language)
    return made


def _amounts(data: Mapping[str, Any]) -> dict[str, str]:
    """What the sentence may call by name without `_minor`."""
    currency = data.get("currency")
    if currency not in EXPONENTS:
        return {}
    amounts = {
        name.removesuffix("_minor"): value
        for name, value in data.items()
        if name.endswith("_minor") and type(value) is int
    }
    return {name: money_words(minor, str(currency)) for name, minor in amounts.items() if name not in data}


def _piece(name: str, value: Any) -> Any:
    if isinstance(value, Money):
        return money_words(value.minor, value.currency)
    if isinstance(value, date):
        return day_words(value)
    if name in _STATE_NAMES and isinstance(value, str):
        return state_words(value)
    return str(THINGS.get(value, value)) if name == _THING_NAME and isinstance(value, str) else value
