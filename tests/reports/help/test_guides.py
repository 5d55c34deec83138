"""Guides: each has its file, leads only to pages there are, is found by its words, and is nothing but text."""

from __future__ import annotations

import re

import pytest
from django.urls import Resolver404, resolve

from merchant.core.errors import NotFound
from merchant.core.pages.shell import GUIDES
from reports.help.guides import FOLDER, SLUGS, get_guide, list_guides, to_html
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member

FILES = sorted(FOLDER.rglob("*.md"))


def test_every_guide_has_its_file_and_every_file_is_a_guide():
    assert {path.stem for path in FOLDER.glob("*.md")} == set(SLUGS)
    assert {path.stem for path in FILES} == set(SLUGS)
    assert set(GUIDES.values()) <= set(SLUGS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_guide_has_a_title_a_first_sentence_and_leads_only_to_pages_there_are(path):
    text = path.read_text(encoding="utf-8")

    assert text.startswith("# ")
    for address in re.findall(r"\]\(([^)]+)\)", text):
        try:
            found = resolve(address.partition("?")[0])
        except Resolver404:
            pytest.fail(f"{path.name} leads to {address}")
        if found.view_name == "help_pages:guide":
            get_guide(found.kwargs["slug"], language="en")


def test_what_a_guide_says_is_text_and_never_a_script():
    html = to_html(
        "## <b>One</b>\n\n- **two** `three`\n- <script>\n\n[bad](javascript:alert) [good](/payments/)\n\n1. a\n2. b"
    )

    assert "<script>" not in html and "&lt;b&gt;One" in html and 'href="javascript' not in html
    assert "<ul><li><strong>two</strong> <code>three</code></li><li>&lt;script&gt;</li></ul>" in html
    assert '<a href="/payments/">good</a>' in html and "<ol><li>a</li><li>b</li></ol>" in html


def test_guides_are_found_by_their_words_and_a_name_that_is_none_is_not_there():
    assert [guide.slug for guide in list_guides(language="en", text="Z numbered")] == ["day-close"]
    assert list_guides(language="en", text="zebra") == []
    with pytest.raises(NotFound):
        get_guide("../settings", language="en")


@pytest.mark.django_db
def test_everybody_reads_guides_and_finds_the_one_to_the_page():
    client = signed_in(a_staff_member(a_merchant(), role="cashier"))

    assert b"Outcome unknown" in client.get("/help/").content
    assert b"Do not charge again" in client.get("/help/unknown-outcome/").content
    assert b'href="/help/terminal-trouble/"' in client.get("/terminals/").content
    assert client.get("/help/nothing/").status_code == 404
