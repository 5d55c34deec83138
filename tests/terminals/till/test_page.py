"""The till's page, its words, its manifest and its service worker. None of it touches the database."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.utils import translation

from terminals.till import release
from terminals.till.words import list_words

SCRIPTS = {path.name: path.read_text() for path in release.SCRIPTS.glob("*.js")}


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "de"})


def test_every_word_the_scripts_ask_for_is_there() -> None:
    code = "\n".join(re.sub(r"^\s*//.*$", "", text, flags=re.M) for text in SCRIPTS.values())
    asked = set(re.findall(r'\bt\("(\w+)"', code))
    for key in re.findall(r'\bcount\("(\w+)"', code):
        asked |= {f"{key}_one", f"{key}_many"}

    assert asked - set(list_words()) == set()


def test_the_words_are_those_of_the_language_of_the_moment() -> None:
    with translation.override("de"):
        german = list_words()

    assert (german["cash"], list_words()["cash"]) == ("Bargeld", "Cash")
    assert german.keys() == list_words().keys()


def test_every_module_that_is_imported_is_kept_by_the_worker(browser: Client) -> None:
    worker = browser.get("/till/worker.js").content.decode()
    kept = json.loads(worker.removeprefix("const RELEASE = ").split(";\n", 1)[0])

    imported = {
        name for text in SCRIPTS.values() for name in re.findall(r'from "\./([\w.]+)"|import "\./([\w.]+)"', text)
    }
    assert {f"/static/till/{one or other}" for one, other in imported} <= set(kept["files"])
    assert "/static/till/worker.js" not in kept["files"]
    page = browser.get("/till/").content.decode()
    assert set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)) <= set(kept["files"])


def test_the_page_reads_no_session_and_sets_no_cookie(browser: Client) -> None:
    answer = browser.get("/till/")

    assert answer.status_code == 200
    assert answer["Content-Language"] == "de"
    assert answer.cookies == {}
    assert "sessionid" not in answer.get("Vary", "")
    assert "Cookie" not in answer.get("Vary", "")


def test_it_can_be_installed_and_works_below_its_own_folder_only(browser: Client) -> None:
    manifest = json.loads(browser.get("/till/manifest.webmanifest").content)

    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/till/", "/till/", "standalone")
    assert all(icon["src"].startswith("/static/") for icon in manifest["icons"])


def test_a_changed_file_is_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    before = release._digest_now()
    monkeypatch.setattr(release, "list_files", lambda: ["till/till.css"])

    assert release._digest_now() != before


def test_the_scripts_know_the_rest_api_alone() -> None:
    code = "\n".join(SCRIPTS.values())

    assert 'credentials: "omit"' in SCRIPTS["api.js"]
    assert re.findall(r"document\.cookie|innerHTML|eval\(|localStorage", code) == []
    asking = {name for name, text in SCRIPTS.items() if re.search(r"\bfetch\(", text)}
    assert asking == {"api.js", "worker.js", "icons.js"}
    # Its pictures are a file of the page, as its styles are.
    assert re.findall(r"\bfetch\([^)]*\)", SCRIPTS["icons.js"]) == ["fetch(document.body.dataset.icons)"]
