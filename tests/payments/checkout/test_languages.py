"""Every sentence a shopper reads exists in every language, and what is compiled is what is written."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
# Staff's pages: about links, signs and ways of delivery.
STAFF = re.compile(r"link|sign|delivery[._]")


def sentences() -> set[str]:
    """The sentences in the templates and modules of the shopper's pages."""
    templates = [path for path in (ROOT / "templates/payments/checkout").rglob("*.*") if not STAFF.search(path.name)]
    modules = [path for path in (ROOT / "payments/checkout").glob("*.py") if not STAFF.search(path.name)]
    sources = [_unindented(templatize(path.read_text())) for path in templates]
    sources += [path.read_text() for path in modules]
    keywords = {"gettext": None, "_": None}
    return {
        str(found[1])
        for source in sources
        for found in extract("python", io.BytesIO(source.encode()), keywords=keywords)
    }


def _unindented(source: str) -> str:
    """A template as Python reads it: its indentation means nothing."""
    return "\n".join(line.strip() for line in source.splitlines())


def translations(catalog: Catalog) -> dict[str, str]:
    """Each sentence with its translation; one that counts under its singular, with both forms."""
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: " / ".join(
            [entry.string] if isinstance(entry.string, str) else entry.string
        )
        for entry in catalog
        if entry.id
    }


@pytest.mark.parametrize("language", ["sv", "de"])
def test_every_sentence_is_translated_and_compiled(language: str) -> None:
    folder = ROOT / "payments/locale" / language / "LC_MESSAGES"
    written = translations(read_po(io.BytesIO((folder / "django.po").read_bytes())))
    compiled = translations(read_mo(io.BytesIO((folder / "django.mo").read_bytes())))

    assert {text for text in sentences() if not written.get(text)} == set()
    assert compiled == written
