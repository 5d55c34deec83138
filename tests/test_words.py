"""The product in its languages: every sentence translated, nothing lost on the way, and the press that switches."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from merchant.core import words
from merchant.core.errors import NotFound
from tests.factories import a_merchant, a_staff_member

TRANSLATED = ["de", "sv"]
SENTENCES = words.list_sentences(settings.BASE_DIR)
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[sd]|%[sd]|\{\w*\}")


def catalogue(language: str) -> Catalog:
    return words.read(Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po", language=language)


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text)  # type: ignore[call-overload]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_the_product_is_translated(language):
    known = catalogue(language)

    untold = [
        forms(one.id)[0]
        for one in SENTENCES
        if not (found := known.get(forms(one.id)[0], one.context)) or not all(forms(found.string))
    ]

    assert untold == []


def test_no_sentence_hides_within_an_f_string():
    """Where Python before 3.12 reads the source, what stands within one is not found."""
    known = {form for one in SENTENCES for form in forms(one.id)}
    hidden = [
        call.args[0].value
        for app in ("merchant", "inventory", "orders", "payments", "terminals", "reports")
        for file in sorted((Path(settings.BASE_DIR) / app).rglob("*.py"))
        for text in ast.walk(ast.parse(file.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "gettext", "ngettext")
        if isinstance(call.args[0], ast.Constant) and call.args[0].value not in known
    ]

    assert hidden == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_what_its_sentence_fills_in(language):
    def loses(message: Message) -> bool:
        asked = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        first = set(PLACEHOLDER.findall(forms(message.id)[0]))
        told = [set(PLACEHOLDER.findall(form)) for form in forms(message.string) if form]
        return any(form not in (asked, first) for form in told)

    assert [message.id for message in catalogue(language) if message.id and loses(message)] == []


DECIMALS = re.compile(r"(?<![\d.:])\d+\.\d{1,2}(?!\d|\.\d)")
# What stands in files, which have their own point or comma.
IN_FILES = {"point 1.50", "whole units, 12.50"}


@pytest.mark.parametrize("language", TRANSLATED)
def test_an_amount_in_a_hint_is_written_as_the_language_writes_it(language):
    known = catalogue(language)
    asked = [one for one in SENTENCES if DECIMALS.search(forms(one.id)[0]) and forms(one.id)[0] not in IN_FILES]

    pointed = [
        forms(one.id)[0]
        for one in asked
        if (found := known.get(forms(one.id)[0], one.context)) and DECIMALS.search(forms(found.string)[0])
    ]

    assert asked
    assert pointed == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_with_a_plural_has_every_form_of_it(language):
    known = catalogue(language)

    assert [m.id for m in known if not isinstance(m.id, str) and len(forms(m.string)) != known.num_plurals] == []


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        ("en", "{number} payments", "{number} payment", "{number} payments"),
        ("de", "{number} Zahlungen", "{number} Zahlung", "{number} Zahlungen"),
        ("sv", "{number} betalningar", "{number} betalning", "{number} betalningar"),
    ],
)
def test_nothing_and_two_are_plural_one_is_not(language, none, one, two):
    with translation.override(language):
        said = [ngettext("{number} payment", "{number} payments", number) for number in (0, 1, 2)]

    assert said == [none, one, two]


@pytest.mark.django_db
def test_one_press_switches_the_language_and_it_stays(client):
    a_staff_member(a_merchant())
    before = client.get("/accounts/login/").content.decode()

    pressed = client.post("/language/", {"language": "de"}, headers={"referer": "http://testserver/accounts/login/"})
    after = client.get(pressed["Location"]).content.decode()

    assert '<html lang="en">' in before
    assert pressed["Location"] == "http://testserver/accounts/login/"
    assert '<html lang="de">' in after
    assert re.search(r'value="de"\s+lang="de"\s+aria-pressed="true"', after)
    assert int(client.cookies["django_language"]["max-age"]) == settings.LANGUAGE_COOKIE_AGE


def test_rest_answers_in_english_unless_another_language_is_asked_for(client):
    plain = client.get("/api/v1/payments/").json()
    german = client.get("/api/v1/payments/", headers={"accept-language": "de"}).json()

    assert plain["code"] == german["code"]
    assert plain["detail"] != german["detail"]


def test_what_is_newer_than_its_compiled_file_is_compiled_again(tmp_path):
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    words.update(source, [words.Sentence(id="Receipt", context=None, file="a.html")], language="de")

    first, second = words.compile_stale([tmp_path]), words.compile_stale([tmp_path])
    source.write_text(source.read_text().replace('msgid "Receipt"\nmsgstr ""', 'msgid "Receipt"\nmsgstr "Beleg"'))
    third = words.compile_stale([tmp_path])

    assert (first, second, third) == ([source.with_suffix(".mo")], [], [source.with_suffix(".mo")])
    assert b"Beleg" in source.with_suffix(".mo").read_bytes()


def test_translations_stay_when_the_catalogue_is_brought_up_to_date(tmp_path):
    source = tmp_path / "django.po"
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "Receipt"\nmsgstr "Beleg"\n\nmsgid "Gone"\nmsgstr "Weg"\n')

    missing = words.update(
        source, [words.Sentence("Receipt", None, "a"), words.Sentence("New", None, "b")], language="de"
    )

    kept = words.read(source, language="de")
    assert (missing, kept.get("Receipt").string, kept.get("New").string, kept.get("Gone")) == (1, "Beleg", "", None)


def test_a_refusal_speaks_the_readers_language_and_the_logs_english():
    with translation.override("de"):
        refusal = NotFound()

        assert refusal.message == "Dieses Objekt gibt es nicht."
        assert refusal.money == "Es wurde kein Geld bewegt."
        assert str(refusal) == "There is no such object."
