"""Causes are stored in English and read in the reader's language; none is left without words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from payments import reconciliation
from payments.reconciliation.workbench import words

# A literal of SQL that begins like a sentence.
LITERAL = re.compile(r"'([A-Z][a-z]+ (?:[^'\n]|'')*)'")
SOURCES = [file for file in Path(reconciliation.__file__).parent.rglob("*.py") if file.name != "words.py"]


def test_every_cause_that_sql_can_write_has_words():
    table = Path(words.__file__).read_text()
    pieces = {piece for file in SOURCES for piece in LITERAL.findall(file.read_text()) if "{" not in piece}

    untold = [piece for piece in pieces if piece.strip('("') not in table]

    assert len(pieces) > 30
    assert untold == []


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("No bank line brings this payout.", "Keine Bankzeile bringt diese Auszahlung."),
        ("Booked 12 days after the sale.", "12 Tage nach dem Verkauf gebucht."),
        (
            "3 payments fit this row equally well (amount and day).",
            "3 Zahlungen passen gleich gut zu dieser Zeile (Betrag und Tag).",
        ),
        (
            "The statements of Giro end on 2026-10-31 with another balance than the next one begins with: one between them is missing.",
            "Die Auszüge von Giro enden am 31. Oktober 2026 mit einem anderen Saldo, als der nächste beginnt: dazwischen fehlt einer.",
        ),
        ("A cause of the accountant's own.", "A cause of the accountant's own."),
    ],
)
def test_a_cause_is_read_in_german_with_its_figures_and_days(stored, told):
    with translation.override("de"):
        assert words.cause_words(stored) == told
