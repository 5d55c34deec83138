"""No word of ours reaches a page past the catalogues: every page is drawn in a made-up language that marks what it translates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.template.autoreload import reset_loaders
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.trans_real import CONTEXT_SEPARATOR

from merchant.core.errors import AppError
from merchant.core.pages import tags
from terminals.till.words import list_words
from tests.clients import signed_in
from tests.routes import list_routes
from tests.security.conftest import House
from tests.security.conftest import house as house

OPEN, CLOSE = "\u27e6", "\u27e7"
NO_FILL = re.compile(r"\{\w+\}")
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|%[sd]|\{\w*\})")
# Machines' own words are shown as they are: events, deliveries and documents of the interface, and the operators' door.
MACHINE = ("admin:", "developer_pages:", "message_pages:", "api_pages:", "schema", "swagger", "docs")
# A guide is a file per language; a Z report is paper in the language it was printed in; the label of a passkey's name is its library's.
NO_CATALOGUE = ("help_pages:", "shift_pages:closing-html", "mfa_add_webauthn", "account_logout", "None")
# Ids, figures, addresses and names of events hold one of these; a bare word does not.
NO_WORD = re.compile(r"\b[0-9A-Z]{4}( [0-9A-Z]{1,4})+\b|\b[0-9A-Z]{8,}\b|\S*[0-9_@/=…•]\S*|\b[a-z]+\.[a-z.]+\b")
DAYS = "mån tis ons tor tors fre lör sön måndag tisdag onsdag torsdag fredag lördag söndag"
MONTHS = "jan feb mars apr maj juni juli aug sep sept okt nov dec januari februari april augusti september oktober november december"
# Currencies, the zone of the world, keys, languages, encodings, programs and companies are called the same everywhere.
NAMES = """EUR CHF CET UTC Ctrl Enter Esc GET POST PUT PATCH DELETE Deutsch English Svenska Tyskland engelska tyska svenska DMY MDY YMD DE SE ISO Windows CSV Excel Beancount
hledger Fortnox QuickBooks Xero Adyen PayPal Stripe Checkout.com Sandbox Tillsyn visa mastercard MB kB"""
# What the factories call their merchants, people and things; reasons and notes that people gave; and what a terminal says of itself.
DATA = """Altona Norrsken Goods NG OB Owner Cashier Berg Webshop Till Counter Table Main Bank Mara Lea Kim Lind Potter Parcel Mug Coat Standard Plain Schedule
Tablet Amount Date NOBODYS It did not arrive broken fraudulent card en Your order Webshop keep day payments"""
KNOWN = frozenset(f"{DAYS} {MONTHS} {NAMES} {DATA}".split())
INLINE = ("b", "strong", "em")
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label")


class Marking(trans_real.DjangoTranslation):
    """A language whose every sentence is the English one between marks; what is filled in stays outside of them."""

    def gettext(self, message: str) -> str:
        return marked(message.rpartition(CONTEXT_SEPARATOR)[2]) if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def marked(sentence: str) -> str:
    return OPEN + PLACEHOLDER.sub(rf"{CLOSE}\1{OPEN}", sentence) + CLOSE


@pytest.fixture
def marking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(trans_real._translations, "sv", Marking("sv"))
    _draw_anew()
    yield
    _draw_anew()


def _draw_anew() -> None:
    """Templates keep their words, and rows and the rail are drawn once."""
    reset_loaders()
    tags.forget()


class Spoken(HTMLParser):
    """What a page says, to the eye and to the ear, that stands outside of marks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "svg", "pre")
        told = dict(attrs)
        self.found += [unmarked(told[name] or "") for name in SPOKEN if name in told]
        if tag == "input" and told.get("type") in ("submit", "button"):
            self.found.append(unmarked(told.get("value") or ""))
        self.text += " " if tag in INLINE else "\n"

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "svg", "pre")
        self.text += " " if tag in INLINE else "\n"

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.text += data


def unmarked(text: str) -> str:
    depth, left = 0, ""
    for sign in text:
        depth += (sign == OPEN) - (sign == CLOSE)
        left += " " if sign in (OPEN, CLOSE) else sign if depth == 0 else ""
    return left


def untold(html: str) -> set[str]:
    """Every piece of a page that says something we cannot account for."""
    page = Spoken()
    page.feed(html)
    pieces = {" ".join(piece.split()) for piece in [*page.found, *unmarked(page.text).split("\n")]}
    return {piece for piece in pieces if set(re.findall(r"[^\W\d_]{2,}(?:\.com)?", NO_WORD.sub(" ", piece))) - KNOWN}


@pytest.mark.django_db
def test_every_page_speaks_only_words_that_can_be_translated(house: House, marking: None) -> None:
    owner = signed_in(house.owner)
    owner.cookies["django_language"] = "sv"
    said: dict[str, str] = {}
    drawn = 0
    for route in list_routes():
        try:
            address = house.address(route) if not route.name.startswith((*MACHINE, *NO_CATALOGUE)) else "/api/"
        except (AppError, NoReverseMatch):
            # A builder that can build its object only once, and ids that are no name of ours.
            continue
        answer = owner.get(address) if not address.startswith("/api/") else None
        if answer is None or answer.status_code != 200 or "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        drawn += 1
        said |= dict.fromkeys(untold(answer.content.decode()), route.name)

    assert drawn > 150
    assert [f"{route}: {piece}" for piece, route in sorted(said.items())] == []


def test_every_word_of_the_till_can_be_translated(marking: None) -> None:
    with translation.override("sv"):
        said = {key: unmarked(word) for key, word in list_words().items()}

    assert {key: left for key, left in said.items() if re.search(r"[^\W\d_]{2,}", NO_FILL.sub("", left))} == {}
