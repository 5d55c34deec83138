"""What is drawn once and shown again: words of templates, rows of lists, the rail. Whatever a reader sees of it is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.templatetags import i18n
from django.utils import translation
from django.utils.translation import get_language

from merchant.core.money import Money
from merchant.core.pages import tags
from merchant.core.pages.shell import FragmentShell, NavGroup, NavItem, build_navigation
from orders.order.pages import OrderRow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = FragmentShell(NOON, "Europe/Berlin")
ROW = OrderRow(
    id="1", url="/orders/1/", number="H-1", placed_at=NOON - timedelta(hours=1), total=Money(1250, "EUR"), status="open", payment_status="paid",
    fulfilment_status="unfulfilled", customer="Mara Lind", channel="Webshop", channel_icon="globe", place="", items=2,
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_drawn() -> Iterator[None]:
    tags.forget()
    yield
    tags.forget()


def row_html(row: OrderRow = ROW, shell: FragmentShell = BERLIN, **context: Any) -> str:
    template = Template('{% load tillsyn %}{% list_row "orders/order/row.html" row %}')
    return template.render(Context({"row": row, "shell": shell, **context}))


def rail_html(**changes: Any) -> str:
    asked: dict[str, Any] = {"current": "orders", "allowed": {"home", "orders"}, "counts": {}}
    navigation = build_navigation(**{**asked, **changes})
    return Template("{% load tillsyn %}{% nav_links navigation %}").render(Context({"navigation": navigation}))


def test_a_template_is_drawn_in_the_language_of_each_reader() -> None:
    drawn = {}
    for language in ("de", "sv", "en", "de"):
        with translation.override(language):
            drawn[language] = render_to_string("components/tick_all.html")

    assert "Tick all rows of this page" in drawn["en"]
    assert len(set(drawn.values())) == 3


def test_a_word_that_stands_fast_is_looked_up_once_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str | None] = []
    look_up = i18n.TranslateNode.render
    monkeypatch.setattr(
        i18n.TranslateNode, "render", lambda node, context: looked_up.append(get_language()) or look_up(node, context)
    )
    template = Template('{% load i18n tillsyn %}{% translate "Orders" %}')

    drawn = []
    for language in ("sv", "de", "sv", "de", "sv"):
        with translation.override(language):
            drawn.append(template.render(Context()))

    assert drawn == ["Ordrar", "Bestellungen", "Ordrar", "Bestellungen", "Ordrar"]
    assert looked_up == ["sv", "de"]


def test_a_word_of_a_variable_one_that_is_kept_and_one_of_a_chosen_language_are_each_answers_own() -> None:
    template = Template(
        "{% load i18n tillsyn %}{% translate word %}|{% translate 'Orders' as kept %}{{ kept }}|"
        "{% language code %}{% translate 'Orders' %}{% endlanguage %}"
    )

    with translation.override("sv"):
        assert template.render(Context({"word": "Payments", "code": "de"})) == "Betalningar|Ordrar|Bestellungen"
        assert template.render(Context({"word": "Orders", "code": "sv"})) == "Ordrar|Ordrar|Ordrar"


def test_a_word_is_escaped_as_before_and_a_doubled_percent_is_one() -> None:
    template = Template('{% load i18n tillsyn %}{% translate "<b>100 %</b>" %}|{% translate words %}')

    assert template.render(Context({"words": "<b>100 %</b>"})) == "<b>100 %</b>|&lt;b&gt;100 %&lt;/b&gt;"


def test_a_row_is_drawn_once_for_all_who_read_it_alike() -> None:
    first = row_html()

    assert row_html(shell=replace(BERLIN, now=NOON + timedelta(hours=3))) == first
    assert row_html(replace(ROW), shell=replace(BERLIN)) == first
    assert tags._list_row.cache_info().misses == 1
    assert first == render_to_string("orders/order/row.html", {"row": ROW, "shell": BERLIN})


@pytest.mark.parametrize(
    "row",
    [replace(ROW, customer="M…"), replace(ROW, payment_status="unknown"), replace(ROW, total=Money(1250, "SEK")), replace(ROW, url="/orders/2/")],
    ids=["masked", "state", "currency", "address"],
)  # fmt: skip
def test_a_row_that_shows_something_else_is_another(row: OrderRow) -> None:
    assert row_html(row) != row_html()
    assert row_html(row) == render_to_string("orders/order/row.html", {"row": row, "shell": BERLIN})


@pytest.mark.parametrize(
    ("shell", "shown"),
    [
        (replace(BERLIN, zone="America/New_York"), "06:00"),
        (replace(BERLIN, now=NOON + timedelta(days=1)), "Fri 12:00"),
        (replace(BERLIN, locale="de_DE"), "12,50"),
    ],
    ids=["zone", "day", "locale"],
)
def test_a_row_is_drawn_anew_in_another_zone_on_another_day_and_in_another_locale(
    shell: FragmentShell, shown: str
) -> None:
    row = replace(ROW, placed_at=NOON - timedelta(hours=1))
    assert shown not in row_html(row)
    assert shown in row_html(row, shell)


def test_a_row_is_drawn_anew_in_another_language() -> None:
    with translation.override("en"):
        assert "Paid" in row_html()
    with translation.override("de"):
        assert "Bezahlt" in row_html()
    with translation.override("en"):
        assert "Paid" in row_html()


def test_a_row_sees_nothing_of_the_page_and_escapes_what_it_shows() -> None:
    html = row_html(replace(ROW, customer="<script>"), csrf_token="one-reader's", request="one-reader's")

    assert "one-reader's" not in html
    assert "&lt;script&gt;" in html and "<script>" not in html


def test_a_row_cannot_show_what_grows_old() -> None:
    row_shell = {"shell": tags.shell.RowShell(BERLIN.today, BERLIN.zone, BERLIN.locale), "at": NOON}

    with pytest.raises(AttributeError):
        Template("{% load tillsyn %}{% age at %}").render(Context(row_shell))


def test_the_rail_is_another_for_other_rights_counts_places_pages_and_languages() -> None:
    with translation.override("en"):
        drawn = [
            rail_html(),
            rail_html(allowed={"home", "orders", "staff"}),
            rail_html(counts={"orders": 2}),
            rail_html(counts={"orders": 3}),
            rail_html(query="store=1"),
            rail_html(current="home"),
        ]
        assert rail_html() == drawn[0]
    with translation.override("de"):
        drawn.append(rail_html())

    assert len(set(drawn)) == 7
    assert "/staff/" in drawn[1] and "/staff/" not in drawn[0]
    assert "Bestellungen" in drawn[6]


def test_the_rail_says_what_a_count_is_in_the_language_of_each_reader() -> None:
    # An entry that is called the same everywhere.
    navigation = (NavGroup("", (NavItem("orders", "Tillsyn", "house", "/", count=2),)),)
    template, drawn = Template("{% load tillsyn %}{% nav_links navigation %}"), []

    for language in ("en", "de"):
        with translation.override(language):
            drawn.append(template.render(Context({"navigation": navigation})))

    assert "need attention" in drawn[0] and "need attention" not in drawn[1]
