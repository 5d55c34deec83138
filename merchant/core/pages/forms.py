"""A page with one form, as plain data: what is asked for, what was typed, and why it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.errors import NO_MONEY_MOVED, AppError
from merchant.core.pages.parts import Choice, Link


@dataclass(frozen=True, slots=True)
class FormField:
    """
    One input: `text` is what it holds ("on" for a tick), `error` why that was refused.

    `kind` is `text`, `decimal`, `number`, `date`, `time`, `email`, `url`, `lines` (several lines), `choice`, `tick`, `ticks` (several of `choices`) or `password`.
    """

    name: str
    label: str
    kind: str = "text"
    text: str = ""
    hint: str = ""
    is_required: bool = False
    length_max: int = 120
    choices: tuple[Choice, ...] = ()
    error: str = ""
    # "delivery=mail folder": shown only while the choice before the sign has one of these values. Without scripts it is always shown; the server decides what it reads.
    only_for: str = ""

    def filled(self, entered: QueryDict) -> FormField:
        """Return the field as somebody filled it in. What is secret is asked for again, never sent back."""
        told = entered.getlist(self.name)
        choices = tuple(replace(choice, is_selected=choice.value in told) for choice in self.choices)
        text = "" if self.kind in ("password", "ticks") or not told else told[-1]
        return replace(self, text=text, choices=choices)


@dataclass(frozen=True, slots=True)
class FormPage:
    """The page. `notice` says what follows from it; `errors` are sentences; `first` leads to what has to be there before anything can be chosen, instead of the form."""

    title: str
    back: Link
    action_url: str
    idempotency_key: str
    fields: tuple[FormField, ...]
    button: str
    notice: str = ""
    errors: tuple[str, ...] = ()
    first: tuple[Link, ...] = ()


def choices_of(pairs: Sequence[tuple[str, str]], chosen: str = "") -> tuple[Choice, ...]:
    """Return choices from (value, words)."""
    return tuple(Choice(words, value, value == chosen) for value, words in pairs)


def answered(fields: Sequence[FormField], entered: QueryDict, error: AppError | None) -> tuple[FormField, ...]:
    """
    Return the fields of a form that was refused for `error` as they were filled in, each with what is wrong with it; without an error as they are.

    Wrong is what is needed and missing, and what the refusal names: its data have `field`, or the label as `name`, or for several `fields`, a reason for each.
    """
    if error is None:
        return tuple(fields)
    missing = {field.name for field in fields if field.is_required and not entered.get(field.name, "").strip()}
    named = (error.data.get("field") or error.field, error.data.get("name"))
    several: Mapping[str, str] = error.data.get("fields") or {}
    told = []
    for field in fields:
        reason = missing_words() if field.name in missing else ""
        if not reason and field.name in several:
            reason = _sentence(several[field.name])
        if not reason and (field.name in named or field.label in named):
            reason = sentence_of(error)
        told.append(replace(field.filled(entered), error=reason))
    return tuple(told)


def error_lines(error: AppError | None, fields: Sequence[FormField] = ()) -> tuple[str, ...]:
    """Return what to say above a form that was refused: how much is missing, else why, what that means for money and what to do next."""
    if error is None:
        return ()
    wrong = sum(bool(field.error) for field in fields)
    if wrong > 1 and error.data.get("fields"):
        return (_("{number} fields are not right yet. Nothing was saved.").format(number=wrong),)
    missing = sum(field.error == missing_words() for field in fields)
    if missing:
        return (
            ngettext(
                "{number} field is not filled in. Nothing was saved.",
                "{number} fields are not filled in. Nothing was saved.",
                missing,
            ).format(number=missing),
        )
    money = error.money if error.money != _(NO_MONEY_MOVED) or not error.next_step else ""
    return (" ".join(part for part in (error.message, money, error.next_step) if part),)


def missing_words() -> str:
    """Return what stands beside a field that was needed and left empty."""
    return _("Fill this in.")


def sentence_of(error: AppError) -> str:
    """Return what stands beside the field that a refusal is about: its reason as a sentence, for what it is about is seen."""
    return _sentence(str(error.data.get("reason") or error.message))


def _sentence(reason: str) -> str:
    reason = reason.rstrip(".")
    return f"{reason[:1].upper()}{reason[1:]}."
