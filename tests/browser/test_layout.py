"""What an eye sees first: things in line, nothing cut, the right word in bold. Drawn from the sample pages, without an installation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from tests.browser import preview

pytestmark = pytest.mark.browser
DESK, UPRIGHT, PHONE = 1440, 768, 320
# Two letters of one line differ by less than this.
IN_LINE_PX = 1.0

Opens = Callable[..., Page]

BASELINES = """(pair) => pair.map((one) => {
    const mark = document.createElement("span");
    mark.style.cssText = "display: inline-block; width: 0; height: 0";
    one.append(mark);
    const { bottom } = mark.getBoundingClientRect();
    mark.remove();
    return bottom;
})"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with preview.serving(preview.renderers()) as address:
        yield address


@pytest.fixture
def opens(address: str, chromium: Browser) -> Iterator[Opens]:
    """Open a sample page, this wide and in this language."""
    contexts = []

    def opened(name: str, width: int, language: str = "en", on_page: Callable[[Page], None] | None = None) -> Page:
        preview.Handler.language = language
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce"))
        page = contexts[-1].new_page()
        if on_page:
            on_page(page)
        page.goto(f"{address}/{name}/")
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield opened
    preview.Handler.language = "en"
    for context in contexts:
        context.close()


def is_cut(page: Page) -> bool:
    """Whether the page's first table is wider than what is seen of it."""
    return bool(page.locator("main .scroll").first.evaluate("one => one.scrollWidth > one.clientWidth"))


def edges(page: Page, selector: str, side: str) -> set[float]:
    """Where the elements begin or end, each place once, in whole pixels."""
    return set(
        page.locator(selector).evaluate_all(
            "(all, side) => all.map((one) => Math.round(one.getBoundingClientRect()[side]))", side
        )
    )


def weight(page: Page, selector: str, text: str) -> int:
    """How bold the words are."""
    found = page.locator(selector).filter(has_text=text).first
    return int(found.evaluate("one => getComputedStyle(one).fontWeight"))


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_beside_an_open_drawer_the_list_shows_its_last_column(opens: Opens, language: str) -> None:
    assert not is_cut(opens("payment-drawer", DESK, language))


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_the_list_of_imports_is_as_wide_as_its_frame(opens: Opens, language: str) -> None:
    assert not is_cut(opens("imports", DESK, language))


def test_on_a_phone_the_state_of_a_file_stays_in_its_own_column(opens: Opens) -> None:
    badge = opens("imports", 390).locator("tr", has_text="camt053_page3.xml").locator(".status")

    assert badge.evaluate("one => one.getBoundingClientRect().right <= one.parentElement.getBoundingClientRect().right")


@pytest.mark.parametrize("name", ["payments", "payouts"])
def test_a_tablet_upright_shows_the_whole_list(opens: Opens, name: str) -> None:
    assert not is_cut(opens(name, UPRIGHT))


def test_times_end_in_one_line_and_ticks_begin_in_one(opens: Opens) -> None:
    page = opens("payment-drawer", DESK)

    assert len(edges(page, "main tbody td:first-child a", "right")) == 1
    assert len(edges(page, "main .bulk-tick:visible", "left")) == 1


def test_a_state_stands_on_the_line_of_the_words_beside_it(opens: Opens) -> None:
    page = opens("order-drawer", DESK)
    row = page.locator(".drawer li", has=page.locator(".status")).first

    link, state = row.evaluate(f"row => ({BASELINES})([row.querySelector('a'), row.querySelector('.status')])")

    assert abs(link - state) < IN_LINE_PX


def test_the_total_of_an_order_is_what_stands_out(opens: Opens) -> None:
    drawer, whole = opens("order-drawer", DESK), opens("order", DESK)

    assert weight(drawer, ".drawer .sum", "Total") > weight(drawer, ".drawer .sum", "Net")
    assert weight(whole, "tfoot tr th", "Total") > weight(whole, "tfoot tr th", "Net")


def test_what_a_shopper_has_paid_already_is_quieter_than_what_is_left(opens: Opens) -> None:
    page = opens("pay-part", PHONE)

    assert weight(page, "tfoot th", "Paid") < weight(page, "tfoot th", "Left to pay")


def test_lines_within_tolerance_are_hatched_in_the_bar_and_in_its_key(opens: Opens) -> None:
    assert opens("reconciliation", DESK).locator("[fill='url(#hatch)']").count() == 2


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_on_a_phone_the_comparison_has_room_for_both_sides(opens: Opens, language: str) -> None:
    page = opens("reconciliation", PHONE, language)
    narrowest = min(
        page.locator(".compare tbody td:not(.relation)").evaluate_all("all => all.map((one) => one.offsetWidth)")
    )

    assert narrowest > (PHONE - 60) / 3
    labels = page.locator("table.totals td[data-label]")
    assert labels.evaluate_all("all => all.every((one) => one.scrollWidth <= one.clientWidth)")


LINES_OF_WORDS = """(all) => all.flatMap((one) => {
    const text = [...one.childNodes].find((node) => node.nodeType === 3 && node.data.trim());
    return (text ? [...text.data.matchAll(/\\S+/g)] : []).map((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return [word[0], range.getClientRects().length];
    });
})"""


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_no_word_of_the_comparison_is_broken_on_a_desk(opens: Opens, language: str) -> None:
    words = opens("reconciliation", DESK, language).locator(".compare tbody th").evaluate_all(LINES_OF_WORDS)

    assert words
    assert [word for word, lines in words if lines > 1] == []


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_exports_show_their_last_column_on_a_small_desk(opens: Opens, language: str) -> None:
    page = opens("exports", 1024, language)

    assert not is_cut(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_days_and_amounts_of_match_rules_are_no_wider_than_they_need(opens: Opens) -> None:
    widths = (
        opens("match-rules", DESK)
        .locator("section.card form .field input")
        .evaluate_all("all => all.map((one) => one.offsetWidth)")
    )

    assert widths and max(widths) < 250


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_the_counts_of_terminals_fit_a_phone(opens: Opens, language: str) -> None:
    page = opens("terminals", PHONE, language)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_each_roles_limit_stands_beside_its_choice_and_inside_the_page(opens: Opens) -> None:
    for width in (DESK, PHONE):
        page = opens("return-rules-refused", width)
        fields = page.locator(".pairs .field:nth-child(2), .pairs .field:nth-child(3)")
        choice, limit = (field.bounding_box() for field in fields.all()[:2])

        assert choice and limit
        assert choice["y"] + choice["height"] == pytest.approx(limit["y"] + limit["height"], abs=1)
        assert limit["x"] > choice["x"] and limit["x"] + limit["width"] <= width


def test_who_works_by_keyboard_stays_where_they_are_when_the_part_is_drawn_anew(opens: Opens) -> None:
    """A part that is refreshed every second must not lead the focus back to its beginning: nobody would come past it."""
    sockets: list[WebSocketRoute] = []
    page = opens(
        "home", DESK, on_page=lambda page: page.route_web_socket("**/ws/staff/", lambda route: sockets.append(route))
    )
    link = page.locator("main a", has_text="Marketplaces")
    link.focus()
    part = page.evaluate("document.activeElement.closest('[id]').id")
    page.evaluate(
        "id => { const one = document.getElementById(id); one.dataset.old = 'yes'; window.drawn = one.outerHTML.replace('data-old=\"yes\"', '') }",
        part,
    )
    page.wait_for_function("document.body.dataset.liveTopics !== undefined")
    while not sockets:
        page.wait_for_timeout(50)

    sockets[0].send(json.dumps({"seq": 10**9, "topic": "home", "html": page.evaluate("window.drawn")}))

    page.wait_for_function("id => !document.getElementById(id).dataset.old", arg=part)
    assert "Marketplaces" in page.evaluate("document.activeElement.innerText")
