"""What needs somebody is told in the reader's language to its last word, with one full stop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from merchant.core.errors import AppError
from merchant.core.telling import one_stop
from reports.overview.needs import need_row
from terminals.pos.offline_rules import WHY, OfflineLimitExceeded
from terminals.pos.offline_words import refusal_words

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def told(language: str, locale: str, **row: object) -> str:
    base = {"id": "1", "subject": "", "minor": 5000, "currency": "EUR", "number": 1}
    with translation.override(language):
        return need_row({**base, **row}, now=NOW, locale=locale, zone="Europe/Berlin").text


@pytest.mark.parametrize(
    ("language", "locale", "ends"),
    [("de", "de_DE", "18. Nov."), ("sv", "sv_SE", "18 nov."), ("en", "en_GB", "18 Nov.")],
)
def test_a_late_payout_ends_with_one_full_stop(language: str, locale: str, ends: str) -> None:
    text = told(language, locale, kind="late_payout", text="Sandbox", at=datetime(2026, 11, 18, 9, tzinfo=UTC))

    assert text.endswith(ends)
    assert ".." not in text


@pytest.mark.parametrize(("said", "once"), [("a..", "a."), ("a.. B", "a. B"), ("a... B", "a... B"), ("../a", "../a")])
def test_only_two_full_stops_at_the_end_of_a_word_become_one(said: str, once: str) -> None:
    assert one_stop(said) == once


def too_old() -> OfflineLimitExceeded:
    return OfflineLimitExceeded(why=WHY["age_minutes_max"], limit="age_minutes_max", asked=2, most=1)


def test_a_refused_offline_sale_is_told_in_the_readers_language_whatever_the_tablet_spoke() -> None:
    with translation.override("sv"):
        stored = str(too_old())

    text = told("de", "de_DE", kind="offline_refused", text=f"offline_limit_exceeded\n{stored}", at=NOW)

    assert stored == "This till may not take that offline: the sale is too old."
    assert text.startswith("Diese Kasse darf das offline nicht annehmen: der Verkauf ist zu alt. ")


def test_a_refusal_answers_in_the_language_that_asked() -> None:
    with translation.override("de"):
        assert too_old().message == "Diese Kasse darf das offline nicht annehmen: der Verkauf ist zu alt."


def test_a_text_that_nobody_knows_stays_as_it_was_stored() -> None:
    with translation.override("de"):
        assert refusal_words("gone_code", "Something of long ago.") == "Something of long ago."
        assert refusal_words(AppError.code, "Something of long ago.") == "Something of long ago."
