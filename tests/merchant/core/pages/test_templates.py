"""Every page renders from its plain data, under a content policy without 'unsafe-inline'."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from merchant.core.pages.shell import NAVIGATION, build_navigation, phone_tabs
from merchant.core.pages.status import STATUS
from tests.browser import forms, samples, shopper_samples

ROOT = Path(__file__).resolve().parents[4]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/vendor/lucide/icons.svg").read_text()))

# What other pages stand in, and is no page itself: it is drawn with them.
LAYOUTS = {
    "account/base_reauthenticate.html", "allauth/layouts/base.html", "allauth/layouts/entrance.html", "allauth/layouts/manage.html", "base.html",
    "components/level_page.html", "components/list_page.html", "entrance.html", "merchant/accounts/api_base.html", "payments/checkout/base.html", "skeleton.html",
    "terminals/shifts/place_form.html",
}  # fmt: skip

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=", re.I),
    "event attribute": re.compile(r"\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.I),
    "script URL": re.compile(r"javascript:", re.I),
    "style element": re.compile(r"<style", re.I),
    "evaluated value": re.compile(r"hx-vals\s*=\s*.js:", re.I),
}
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.S)


def forbidden_parts(html: str) -> list[str]:
    found = [name for name, pattern in FORBIDDEN.items() if pattern.search(html)]
    for script in SCRIPT.finditer(html):
        # A data block ("application/json") is not a script to the browser's policy.
        if script["body"].strip() and "application/json" not in script["attributes"]:
            found.append("inline script")
    return found


def staff_html(name: str, locale: str = "en_GB") -> str:
    template, current, build = samples.PAGES[name]
    return render_to_string(
        template, {"shell": samples.shell(current, locale=locale), "page": build(), "csrf_token": "sample"}
    )


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_staff_page_renders_with_frame_heading_and_no_inline_code(name: str) -> None:
    html = staff_html(name)

    assert html.count("<h1") == 1
    assert '<a class="skip" href="#content">' in html
    assert "Times in Europe/Berlin" in html
    assert forbidden_parts(html) == []


@pytest.mark.parametrize("name", samples.FRAGMENTS)
def test_a_fragment_renders_alone(name: str) -> None:
    template, build = samples.FRAGMENTS[name]
    html = render_to_string(template, {"shell": samples.shell("payments"), "page": build(), "csrf_token": "sample"})

    assert "<html" not in html
    assert forbidden_parts(html) == []


@pytest.mark.parametrize("name", forms.ENTRANCE)
def test_a_page_in_front_of_the_shell_renders(name: str) -> None:
    template, context = forms.ENTRANCE[name]
    html = render_to_string(template, context())

    assert html.count("<h1") == 1
    assert forbidden_parts(html) == []


@pytest.mark.parametrize("name", shopper_samples.SHOPPER)
def test_a_page_for_shoppers_renders(name: str) -> None:
    template, context = shopper_samples.SHOPPER[name]
    html = render_to_string(template, context())

    assert html.count("<h1") == 1
    assert forbidden_parts(html) == []


def test_every_page_has_a_sample_so_that_it_is_photographed_and_looked_through() -> None:
    whole = {
        str(path.relative_to(ROOT / "templates"))
        for path in TEMPLATES
        if re.search(r"{% extends|<html", path.read_text()) and "mail" not in path.parts
    }
    sampled = {template for template, *_ in samples.PAGES.values()} | {
        template
        for template, _ in (*samples.FRAGMENTS.values(), *forms.ENTRANCE.values(), *shopper_samples.SHOPPER.values())
    }

    assert whole - sampled == LAYOUTS
    stood_in = {name for path in TEMPLATES for name in re.findall(r'{% extends "([^"]+)"', path.read_text())}
    assert {layout for layout in LAYOUTS - stood_in if not layout.startswith("allauth/")} == set()
    beside = {
        str(path.relative_to(ROOT / "templates"))
        for path in TEMPLATES
        if path.stem.endswith(("dialog", "drawer")) and "components" not in path.parts
    }
    included = (re.findall(r'include "([^"]+)"', path.read_text()) for path in TEMPLATES)
    drawn = {name for names in included for name in names}
    assert beside - sampled - drawn == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_brings_no_code_of_its_own(path: Path) -> None:
    assert forbidden_parts(path.read_text()) == []


def icons_named() -> Iterable[str]:
    for path in TEMPLATES:
        yield from re.findall(r'{% icon "([\w-]+)"', path.read_text())
    yield from (look.icon for family in STATUS.values() for look in family.values())
    yield from (icon for _, entries in NAVIGATION for _, _, icon, _ in entries)


def test_every_icon_named_is_in_the_sprite() -> None:
    assert set(icons_named()) - SPRITE == set()


def test_every_icon_of_the_sample_pages_is_in_the_sprite() -> None:
    used = {icon for name in samples.PAGES for icon in re.findall(r'icons\.svg#([\w-]+)"', staff_html(name))}

    assert used - SPRITE == set()


def test_ids_are_unique_on_every_page() -> None:
    for name in samples.PAGES:
        ids = re.findall(r'\sid="([^"]+)"', staff_html(name))
        assert sorted(ids) == sorted(set(ids)), name


# Pressed twice they do the same (language, a look that is written down, PIN, the same file), end what the first did (a pairing code), or make what can be switched off again.
MONEYLESS = (
    "/accounts/",
    "/pairing-codes/",
    "/language/",
    "/approvals/pin/",
    "/staff/",
    "/api-keys/",
    "/endpoints/new/",
    "/reveal/",
    "files/",
    "/products/import/",
    "/setup/sandbox/",
)


def test_every_unsafe_form_carries_its_csrf_token_and_money_forms_an_idempotency_key() -> None:
    for name in samples.PAGES:
        for form in re.findall(r'<form[^>]*method="post".*?</form>', staff_html(name), re.S):
            assert 'name="csrfmiddlewaretoken"' in form, name
            assert 'name="idempotency_key"' in form or any(path in form for path in MONEYLESS), name


def test_amounts_follow_the_locale_of_the_merchant() -> None:
    assert '6.499,30<span class="cur">\u00a0€</span>' in staff_html("home", locale="de_DE")
    assert '<span class="cur">€</span>6,499.30' in staff_html("home")


def test_an_empty_list_differs_from_one_emptied_by_filters() -> None:
    assert "Nothing matches these filters" in staff_html("payments-filtered-empty")
    assert "Nothing here yet" in staff_html("orders-empty")


def test_the_rail_leaves_out_what_a_role_may_not_see() -> None:
    navigation = build_navigation(current="orders", allowed={"home", "orders"}, counts={"orders": 2})

    assert [item.key for group in navigation for item in group.items] == ["home", "orders"]
    assert [item.count for item in phone_tabs(navigation)] == [0, 2]


def test_the_rail_shows_the_parts_of_an_entry_only_where_one_works_and_counts_them_with_it_else() -> None:
    everything = {key for _, entries in NAVIGATION for key, *_ in entries}

    closed = build_navigation(current="orders", allowed=everything, counts={"payouts": 1, "imports": 2})
    opened = build_navigation(current="imports", allowed=everything, counts={"payouts": 1, "imports": 2})
    alone = build_navigation(current="orders", allowed={"imports"}, counts={})

    rail = {item.key: item for group in closed for item in group.items}
    assert len(rail) == 17 and "imports" not in rail and rail["payouts"].count == 3
    money = [(item.key, item.count, item.is_part, item.is_current) for item in opened[2].items[:2]]
    assert money == [("payouts", 1, False, False), ("imports", 2, True, True)]
    assert [item.key for group in alone for item in group.items] == ["imports"]


def test_styles_use_tokens_and_neither_raw_colours_nor_important() -> None:
    for path in STYLES:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        assert "!important" not in text, path.name
        if path.name not in ("tokens.css", "receipt.css"):  # paper has colours of its own, in no theme
            # The only raw colour is the white that scanners of a QR code need.
            assert re.findall(r"#[0-9A-Fa-f]{3,6}\b", text) in ([], ["#fff"]), path.name
