"""Every sample page against the web's accessibility rules, each test named after its check; no installation is needed, only Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from merchant.core.pages.status import STATUS
from tests.browser import preview
from tests.browser.shopper_samples import SHOPPER

pytestmark = pytest.mark.browser
DESK = {"width": 1440, "height": 900}
# What WCAG 2.2 AA asks and a machine can see; the best practices too, of which none is broken.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Two at a time: while one page is being looked through, the next is loaded.
TABS = 2
# Only colours differ between the themes, so the dark one is asked only for what depends on them.
START_AXE = """(tags) => {
  const only = (runOnly) => axe.run(document, { runOnly, resultTypes: ['violations'], preload: false });
  const told = (theme, found) => found.violations.flatMap((rule) => rule.nodes.map(
    (node) => `${theme} ${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary.replaceAll('\\n', ' ')}`));
  const look = async () => {
    document.documentElement.dataset.theme = 'light';
    const light = told('light', await only({ type: 'tag', values: tags }));
    document.documentElement.dataset.theme = 'dark';
    return [...light, ...told('dark', await only({ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }))];
  };
  window.found = look();
}"""

# A refusal has the focus.
REFUSED = 'role="alert" tabindex="-1" autofocus'
# A phone; and what a screen of 1440 px has left at 200 % zoom.
WIDTHS = (320, 720)
ON_SKIP_LINK = "document.activeElement.matches('a.skip') && document.activeElement.getBoundingClientRect().top >= 0"
GROUND = "getComputedStyle(document.body).backgroundColor"
# The ground of the page in each of its first frames.
FIRST_FRAMES = """(() => {
  window.seen = [];
  const look = () => {
    if (document.body) window.seen.push(getComputedStyle(document.body).backgroundColor);
    if (window.seen.length < 3) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
THREE_FRAMES = """() => new Promise((done) => {
  const look = () => (window.seen.length < 3 ? requestAnimationFrame(look) : done());
  look();
})"""
# Badges that say something by colour alone, or whose shape is not drawn.
BADGES = """() => [...document.querySelectorAll('.status')].filter((badge) => badge.checkVisibility()).filter(
  (badge) => !badge.querySelector('svg use') || !badge.querySelector('svg').getBoundingClientRect().width || !badge.innerText.trim()
).map((badge) => badge.outerHTML.slice(0, 120))"""
MOVING = """() => [...document.querySelectorAll('*')].filter((part) => ['', '::before', '::after'].some((pseudo) => {
  const style = getComputedStyle(part, pseudo || null);
  return style.animationName !== 'none' || style.transitionDuration.split(', ').some((time) => parseFloat(time) > 0)
    || style.scrollBehavior === 'smooth';
})).map((part) => `${part.tagName}.${part.className}`)"""
EDGELESS = """() => [...document.querySelectorAll('.btn, .status, .chip, .card, .tile')].filter((part) => part.checkVisibility()).filter(
  (part) => !parseFloat(getComputedStyle(part).borderTopWidth)).map((part) => part.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def pages() -> dict[str, Callable[[], str]]:
    """Every sample page, rendered once: its name and its HTML."""
    return {name: partial(str, render()) for name, render in preview.renderers().items()}


@pytest.fixture(scope="module")
def address(pages: dict[str, Callable[[], str]]) -> Iterator[str]:
    """Where the sample pages are served."""
    with preview.serving(pages) as served_at:
        yield served_at


@dataclass
class Looked:
    """What one page shows when it is looked at once, by somebody who asks for less motion."""

    has_skip_link: bool
    sideways: tuple[int, ...]
    bare_badges: list[str]
    moving: list[str]


@pytest.fixture(scope="module")
def looked(chromium: Browser, pages: dict[str, Callable[[], str]], address: str) -> Iterator[dict[str, Looked]]:
    """Every page, opened once for all the checks that only look."""
    context = chromium.new_context(viewport=DESK, reduced_motion="reduce")
    yield {name: _look_at(page, address, name) for page in [context.new_page()] for name in pages}
    context.close()


def _look_at(page: Page, address: str, name: str) -> Looked:
    page.set_viewport_size(DESK)
    show(page, address, name)
    badges, moving = page.evaluate(BADGES), page.evaluate(MOVING)
    page.keyboard.press("Tab")
    is_first = page.evaluate(ON_SKIP_LINK)
    leads = is_first and _leads_to_content(page)
    sideways = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 450})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            sideways.append(width)
    return Looked(leads, tuple(sideways), badges, moving)


def _leads_to_content(page: Page) -> bool:
    page.keyboard.press("Enter")
    return bool(page.evaluate("document.activeElement.id") == "content")


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A page of a browser that knows nothing yet."""
    context = chromium.new_context(viewport=DESK)
    yield context.new_page()
    context.close()


def show(page: Page, address: str, name: str) -> None:
    """Open a sample; a dialog as one sees it, the till once its script has opened the door."""
    page.goto(f"{address}/{name}/")
    if name == "till-door":
        page.locator("#pair-code:focus").wait_for()
    if "dialog" in name:
        page.evaluate("document.getElementById('dialog').showModal()")


def test_check_21_axe_finds_nothing_on_any_page_in_either_theme(
    chromium: Browser, pages: dict[str, Callable[[], str]], address: str
) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    contexts = [chromium.new_context(viewport=DESK, reduced_motion="reduce") for _ in range(TABS)]
    tabs: list[tuple[Page, str]] = [(context.new_page(), "") for context in contexts]
    found: list[str] = []
    for name in [*pages, *[""] * TABS]:
        page, before = tabs.pop(0)
        if before:
            found += [f"{before} {said}" for said in page.evaluate("window.found")]
            # The page of components shows each twice, its landmarks with it.
            found = [
                said
                for said in found
                if not said.startswith(("components light landmark-unique", "components dark landmark-unique"))
            ]
        if name:
            show(page, address, name)
            page.evaluate(AXE_SCRIPT)
            page.evaluate(START_AXE, TAGS)
        tabs.append((page, name))
    for context in contexts:
        context.close()

    assert found == []


def test_check_2_the_first_tab_is_the_skip_link_and_enter_leads_to_the_content(
    looked: dict[str, Looked], pages: dict[str, Callable[[], str]]
) -> None:
    # A dialog and a page for shoppers have nothing before their content; goods are scanned, and a till's code is typed, into a field that waits for it;
    # who sent a form that is refused stands before what is wrong with it.
    begin_with_content = {name for name in looked if "dialog" in name} | set(SHOPPER) | {"stock-delivery", "till-door"}
    begin_with_content |= {name for name, html in pages.items() if REFUSED in html()}

    assert {name for name, page in looked.items() if not page.has_skip_link} == begin_with_content


@pytest.mark.parametrize("system", ["light", "dark"])
def test_check_20_the_theme_follows_the_system_until_it_is_pinned(tab: Page, address: str, system: Any) -> None:
    other = "dark" if system == "light" else "light"
    tab.emulate_media(color_scheme=system)
    show(tab, address, "home")
    followed = tab.evaluate(GROUND)
    tab.emulate_media(color_scheme=other)
    changed = tab.evaluate(GROUND)

    tab.locator("summary.person").click()
    tab.locator(f"[data-theme-choice={system}]").click()
    show(tab, address, "payments")

    assert followed != changed
    assert tab.evaluate(GROUND) == followed
    assert tab.evaluate("document.documentElement.dataset.theme") == system


def test_check_20_a_pinned_dark_theme_is_dark_from_the_first_frame(tab: Page, address: str) -> None:
    tab.emulate_media(color_scheme="light")
    tab.add_init_script(FIRST_FRAMES)
    show(tab, address, "home")
    tab.evaluate("localStorage.setItem('tillsyn-theme', 'dark')")
    show(tab, address, "home")
    tab.evaluate(THREE_FRAMES)

    assert set(tab.evaluate("window.seen")) == {tab.evaluate(GROUND)}


def test_check_21_nothing_is_pushed_sideways_on_a_phone_or_at_200_percent(looked: dict[str, Looked]) -> None:
    assert {name: page.sideways for name, page in looked.items() if page.sideways} == {}


@pytest.mark.parametrize("family", STATUS)
def test_check_22_every_state_of_a_family_has_a_shape_and_a_word_of_its_own(family: str) -> None:
    looks = STATUS[family].values()

    assert all(look.icon for look in looks)
    assert len({str(look.word) for look in looks}) == len(looks)


def test_check_22_every_badge_shows_its_shape_and_word(looked: dict[str, Looked]) -> None:
    assert {name: page.bare_badges for name, page in looked.items() if page.bare_badges} == {}


def test_check_23_nothing_moves_when_less_motion_is_asked_for(looked: dict[str, Looked]) -> None:
    assert {name: page.moving[:3] for name, page in looked.items() if page.moving} == {}


def test_forced_colours_leave_every_button_and_badge_an_edge(tab: Page, address: str) -> None:
    tab.emulate_media(forced_colors="active")
    wrong = []
    for name in ("home", "payments", "payment", "terminals", "reconciliation", "till", "sign-in"):
        show(tab, address, name)
        wrong += [f"{name}: {part}" for part in tab.evaluate(EDGELESS)]

    assert wrong == []
