"""The audit log drawn for staff: who, what, which object, what changed, and what the chain is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.money import EXPONENTS, Money
from merchant.core.pages.display import count_text, moment_text, money_text
from merchant.core.pages.parts import Notice
from merchant.core.pages.sentences import Sentences
from merchant.core.pages.shell import ROLE_NAMES, current_locale
from payments.disputes.words import PHASES, REASONS
from payments.disputes.words import SOURCES as DISPUTE_SOURCES
from payments.records.words import KINDS, METHODS, SOURCES
from reports.audit_log.acts import OUTCOMES, sentence_of
from reports.audit_log.names import Named
from reports.audit_log.pages import Change, EntryRow
from reports.audit_log.queries import ChainState
from reports.audit_log.words import LABELS, OBJECTS

KIND_WORDS = {
    "staff": gettext_lazy("Staff"), "register": gettext_lazy("Tablet"), "api_key": gettext_lazy("API key"), "terminal": gettext_lazy("Terminal"),
    "shopper": gettext_lazy("Customer"), "system": gettext_lazy("Tillsyn itself"),
}  # fmt: skip
# Objects of which there is one, or too many to look up: where they are found.
_PAGES = {"merchant": "/settings/", "webhook_delivery": "/webhook-log/{}/"}
_TEXT_LENGTH_MAX = 160
_FAULTS = Sentences((
    gettext_noop("a link is missing"), gettext_noop("the entry was deleted"), gettext_noop("the entry was changed"),
    gettext_noop("the signed head differs"), gettext_noop("the tail was cut: a signed head lies beyond the last link"),
    gettext_noop("the tail was cut: the anchor lies beyond the last link"),
))  # fmt: skip
# What the values of an entry are called, by the entry's name for them.
_VALUES: dict[str, Mapping[str, Any]] = {
    "role": ROLE_NAMES, "kind": KINDS, "method": METHODS, "phase": PHASES, "source": {**SOURCES, **DISPUTE_SOURCES}, "reason": REASONS,
}  # fmt: skip


def entry_row(entry: AuditEntry, *, currency: str, subject: Named | None = None) -> EntryRow:
    """Return one act as the log shows it. Amounts that name no currency are in `currency`; `subject` is what its object is called, None where nobody knows."""
    data = entry.data if isinstance(entry.data, dict) else {}
    before, after = data.get("before"), data.get("after")
    currency = str(data.get("currency") or currency)
    has_change = "before" in data and "after" in data
    rest = {name: value for name, value in data.items() if not (has_change and name in ("before", "after"))}
    opening, names, ending = act_words(entry.action, data, currency).partition("{who}")
    return EntryRow(
        id=str(entry.id),
        at=entry.at,
        before=opening,
        who=entry.actor_name if names else "",
        after=ending,
        who_url=f"/audit/?actor={entry.actor_id}" if entry.actor_id else "",
        kind=", ".join(part for part in ("" if names else entry.actor_name, _kind_words(entry)) if part),
        action=entry.action,
        subject=_told(entry.subject, subject.name if subject else ""),
        subject_url=subject.url if subject else _page_of(entry.subject),
        changes=_changes(before, after, currency) if has_change else (),
        details=tuple((_label(name), _value(name, value, currency)) for name, value in rest.items()),
    )


def act_words(action: str, data: Mapping[str, Any], currency: str) -> str:
    """Return the sentence of an act with its amount filled in; `{who}` is left for the caller. An act nobody explained is told by its name."""
    _kind, _point, outcome = action.partition(".")
    known = (
        OUTCOMES.get((str(data.get("kind")), outcome)) if action.startswith("operation.") else sentence_of(action, data)
    )
    if known is None:
        return "{who}: " + action.replace(".", " ").replace("_", " ")
    amount = _value("amount_minor", data.get("amount_minor"), currency)
    return str(known).replace("{amount}", amount)


def _kind_words(entry: AuditEntry) -> str:
    return str(KIND_WORDS.get(entry.actor_kind, entry.actor_kind))


def chain_notice(state: ChainState, *, zone: str) -> Notice:
    """Return how far the chain is sealed and what the last look found, in words."""
    locale = current_locale()

    def at(moment: Any) -> str:
        return moment_text(moment, shape="short", zone=zone, locale=locale, now=machine_now())

    if state.head is None:
        return Notice(
            "info",
            _("Nothing is sealed yet."),
            _("Every five minutes what was done is sealed into a chain."),
            "clock-fading",
        )
    number = count_text(state.head.position, locale=locale)
    sealed = _("Sealed to no. {number}, {at}.").format(number=number, at=at(state.head.sealed_at))
    check = state.check
    if check is None:
        return Notice("info", sealed, _("Nobody has looked at the chain yet; that is done every night."), "lock")
    if check.fault:
        place = count_text(check.fault_position or 0, locale=locale)
        text = _("Looked at {at}: at no. {number} {fault}. Keep the database as it is and call your operator.")
        return Notice(
            "bad",
            _("The chain does not hold."),
            text.format(at=at(check.checked_at), number=place, fault=_FAULTS.told(check.fault)),
            "triangle-alert",
        )
    looked = count_text(check.position, locale=locale)
    text = _("Verified {at}: every entry up to no. {number} is as it was written.").format(
        at=at(check.checked_at), number=looked
    )
    return Notice("good", sealed, text, "shield-check")


def _label(name: str) -> str:
    known = LABELS.get(name) or OBJECTS.get(name.removesuffix("_id"))
    return str(known or name.removesuffix("_minor").replace("_", " "))


def _value(name: str, value: Any, currency: str) -> str:
    """Return a value in words: what is called `…_minor` is money."""
    if name.endswith("_minor") and isinstance(value, int) and currency in EXPONENTS:
        return money_text(Money(value, currency), locale=current_locale())
    known = _VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    return str(known) if known else _words(value)


def _changes(before: Any, after: Any, currency: str) -> tuple[Change, ...]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return (Change("", _words(before), _words(after)),)
    names = [*before, *(name for name in after if name not in before)]
    return tuple(
        Change(_label(name), _value(name, before.get(name), currency), _value(name, after.get(name), currency))
        for name in names
        if before.get(name) != after.get(name)
    )


def _words(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        text = ", ".join(_words(item) for item in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{name.replace('_', ' ')} {_words(item)}" for name, item in value.items())
    else:
        text = str(value)
    return text if len(text) <= _TEXT_LENGTH_MAX else f"{text[: _TEXT_LENGTH_MAX - 1]}…"


def _told(subject: str, name: str) -> str:
    """The kind of object with its name; without one its id, which is told apart by its end: its beginning is the time."""
    kind, colon, key = subject.partition(":")
    words = OBJECTS.get(kind, kind.replace("_", " "))
    if name:
        return f"{words} {name}"
    return f"{words} …{key[-8:]}" if colon and len(key) > 12 else f"{words} {key}".strip()


def _page_of(subject: str) -> str:
    kind, _colon, key = subject.partition(":")
    return _PAGES[kind].format(key) if kind in _PAGES else ""
