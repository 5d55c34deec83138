"""What an approval is asked for, in the words of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from merchant.core.pages.display import day_text
from merchant.core.pages.shell import current_locale

_RIGHTS = {
    "refund.approve": _("Refund above the limit"),
    "shift.approve": _("End of a shift"),
    "accounting.reopen": _("Closed period opened again"),
    "payment.override": _("Outcome of a payment set by hand"),
    "reconciliation.approve": _("Decision about a difference"),
    "discount.approve": _("Discount above the limit"),
    "offline.accept": _("Offline sale above the limits"),
}
# What happens at a till and has no page of its own before it is allowed.
_SUBJECTS = {"loose_return": _("Goods without a receipt"), "offline_sale": _("Sale made offline")}


# Where a right lets somebody do more than one thing, what is done with it by the subject.
_LOOKS = {"x_report": _("X report of a drawer that is counted blind")}


# By the right, and then by the name a program gives them, why things are asked for: the slices above say what theirs mean. Of other rights a person types the reason.
_REASONS: dict[str, dict[str, object]] = {}


def explain_reasons(right: str, words: Mapping[str, object]) -> None:
    """Called once a process by an app: what its names of reasons mean to a person where `right` is asked for."""
    _REASONS.setdefault(right, {}).update(words)


def reason_words(right: str, reason: str) -> str:
    """Return why `right` is asked for: a name that was explained for it, alone or before a colon and a note, in words; what a person typed as it is."""
    words = _REASONS.get(right, {})
    name, colon, note = reason.partition(":")
    if reason in words:
        return str(words[reason])
    return f"{words[name]}{colon}{note}" if name in words else reason


def right_words(right: str, subject: str = "") -> str:
    """Return what is done with `right` to a subject; one that nobody explained is shown by its name."""
    looks: str = subject.partition(":")[0]
    return str(_LOOKS[looks] if looks in _LOOKS else _RIGHTS.get(right, right))


def subject_words(subject: str) -> str:
    """Return what exactly is asked for where no page shows it: the day from which the books would be open again, or what a till did. "" for everything else."""
    kind, _colon, key = subject.partition(":")
    if kind == "period":
        with suppress(ValueError):
            day = day_text(date.fromisoformat(key), shape="full", locale=current_locale())
            return _now("open again from {day}").format(day=day)
    return str(_SUBJECTS.get(kind, ""))
