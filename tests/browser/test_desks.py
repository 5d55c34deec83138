"""Checks of a reviewer at the back office's desks: found by pasting, worked by keyboard, live, and safe with two tabs and two people."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Desk, sign_in
from tests.browser.installation import Installation
from tests.browser.till import Office

pytestmark = pytest.mark.browser
WAIT_MS = 15_000
REFUNDABLE = "/payments/?status=captured&method=card_present"
# A page's sockets are noted, so that a test can cut the line and give it back without touching the page.
LINES = """
window.lines = []; window.isCut = false;
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(url) { super(window.isCut ? 'ws://127.0.0.1:9/' : url); window.lines.push(this); }
};
"""
CUT = "window.isCut = true; window.lines.forEach((line) => line.close());"
# What has the keyboard, and where it stands in the window: a notice above may come and go, and the browser keeps what one looks at in its place.
WHERE_ONE_IS = "[document.activeElement.href, Math.round(document.activeElement.getBoundingClientRect().top)]"
# Where the keyboard is, seen and not under the bar that stays at the top.
SEEN = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect();
  const bar = document.querySelector('.topbar').getBoundingClientRect();
  const inside = here.closest('dialog, .drawer, .rail, .topbar');
  return box.width > 0 && box.bottom > 0 && box.top < innerHeight && (inside !== null || box.bottom > bar.bottom);
}"""


def first_row(desk: Desk, path: str) -> str:
    """The address of a list's first row."""
    return str(desk.open(path).locator("tbody tr[data-href]").first.get_attribute("data-href"))


def palette(page: Page, text: str) -> str:
    """Paste into the palette; where its first hit leads."""
    page.keyboard.press("Control+k")
    page.locator("#palette-input").fill(text)
    expect(page.locator("#palette-list")).to_have_attribute("data-answers", text.strip(), timeout=WAIT_MS)
    expect(page.locator("#palette [role=option][aria-selected=true]")).to_have_count(1)
    address = page.locator("#palette [role=option]").first.get_attribute("href")
    page.keyboard.press("Escape")
    return str(address)


@contextmanager
def somebody(chromium: Browser, installation: Installation, role: str) -> Iterator[Page]:
    """Another person at another machine."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, installation, role)
    yield page
    context.close()


def test_check_03_a_whole_refund_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.open(REFUNDABLE)
    page.keyboard.press("j")
    assert page.evaluate(SEEN)
    page.keyboard.press("Enter")
    expect(page.locator("#drawer").get_by_role("heading", name="Money trail")).to_be_visible(timeout=WAIT_MS)
    opened = page.locator("#drawer").get_by_role("link", name="Open page")
    first = str(opened.get_attribute("href"))
    page.keyboard.press("j")
    expect(opened).not_to_have_attribute("href", first, timeout=WAIT_MS)
    page.keyboard.press("r")
    expect(page.locator("#refund-amount")).to_be_focused(timeout=WAIT_MS)

    page.keyboard.press("Control+a")
    page.keyboard.type("1.00")
    while page.evaluate("document.activeElement.id") != "refund-reason":
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Refund of €1.00 asked for.")).to_be_visible(timeout=WAIT_MS)
    assert desk.complaints == []


def test_check_04_what_is_pasted_is_found_first(desk: Desk) -> None:
    page = desk.open(REFUNDABLE)
    row = page.locator("tbody tr[data-href]").first
    payment = str(row.get_attribute("data-href"))
    number = row.locator("td[data-label=Order]").inner_text()
    card = row.locator("td[data-label=Method] .id").inner_text()
    amount = re.sub(r"[^\d.]", "", row.locator("td[data-label=Amount]").inner_text())
    order = str(row.locator("td[data-label=Order] a").get_attribute("href"))
    payout_row = desk.open("/payouts/").locator("tbody tr").first
    payout = payout_row.locator("a").first

    assert palette(page, number) == order
    assert palette(page, payment.split("/")[2]) == payment
    assert palette(page, f"{card} {amount}").startswith("/payments/")
    assert palette(page, payout.inner_text()) == payout.get_attribute("href")
    page.keyboard.press("Control+k")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(order), timeout=WAIT_MS)
    assert desk.complaints == []


def test_check_05_the_keys_of_this_page_are_listed_and_single_keys_can_be_switched_off(desk: Desk) -> None:
    page = desk.open("/payments/")
    page.keyboard.press("?")
    keys = page.locator("#shortcuts")
    expect(keys.get_by_text("Export", exact=True)).to_be_visible()
    expect(keys.get_by_text("Tick the row, or take the tick away")).to_be_visible()
    expect(keys.get_by_text("Choose one of the ways")).to_be_hidden()
    with page.expect_response("**/me/keys/"):
        keys.get_by_label("Use shortcuts of a single key").uncheck()

    page = desk.open("/payments/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert page.url.endswith("/payments/")

    page.keyboard.press("Escape")
    page.locator("summary.person").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    with page.expect_response("**/me/keys/"):
        keys.get_by_label("Use shortcuts of a single key").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/orders/"), timeout=WAIT_MS)


def test_a_wall_whose_person_is_signed_out_says_so_and_leads_back_to_the_wall(
    chromium: Browser, installation: Installation
) -> None:
    with somebody(chromium, installation, "manager") as page:
        page.add_init_script(LINES)
        page.goto(f"{installation.url}/terminals/?wall=1")
        expect(page.locator("#live[data-state=live]")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_text("You are signed out.", exact=True)).to_be_hidden()
        # A quiet wall: one that asks for its counts meanwhile is led to the sign-in by the answer, and back from there (tests/merchant/accounts/test_staff_pages.py).
        page.route("**/*", lambda route: route.abort() if "hx-request" in route.request.headers else route.continue_())
        # What a session that is over leaves: a cookie that names nobody, and a line that the server ends.
        [cookie] = [one for one in page.context.cookies() if one["name"].endswith("tillsyn_session")]  # type: ignore[typeddict-item]
        page.context.add_cookies([{**cookie, "value": "over"}])  # type: ignore[list-item]
        page.evaluate("window.lines.forEach((line) => line.close())")

        expect(page.get_by_text("You are signed out.", exact=True)).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#live[data-state=live]")).to_have_count(0)
        page.get_by_role("link", name="Sign in and come back here").click()
        expect(page).to_have_url(re.compile(r"/accounts/login/\?next=(/|%2F)terminals(/|%2F)%3Fwall%3D1"))


def test_check_06_a_cut_line_is_said_and_what_was_missed_comes_once(desk: Desk, installation: Installation) -> None:
    desk.page.add_init_script(LINES)
    page = desk.open("/terminals/")
    expect(page.locator("#live[data-state=live]")).to_be_visible(timeout=WAIT_MS)
    page.evaluate("window.isSame = true")
    serial = next(str(one["serial"]) for one in installation.list_terminals() if one["state"] == "ready")
    page.evaluate(CUT)
    expect(page.locator("#live[data-state=stale]")).to_contain_text("Not live, updated", timeout=10_000)
    try:
        installation.command(serial, "offline")
        page.evaluate("window.isCut = false")
        expect(page.locator("#live[data-state=live]")).to_be_visible(timeout=30_000)
        expect(page.locator("li.tile.offline")).to_have_count(1, timeout=WAIT_MS)
    finally:
        installation.command(serial, "online")
    expect(page.locator("li.tile.offline")).to_have_count(0, timeout=WAIT_MS)

    events = page.locator("#wall-events li").evaluate_all("items => items.map((item) => item.id)")
    assert page.evaluate("window.isSame")
    assert events and len(events) == len(set(events))


def test_check_07_every_wall_shows_a_change_at_once_and_moves_under_nobodys_hands(
    desk: Desk, context: BrowserContext, installation: Installation
) -> None:
    walls = [desk.page, context.new_page()]
    for wall in walls:
        wall.set_viewport_size({"width": 900, "height": 500})
        wall.goto(f"{desk.url}/terminals/")
        expect(wall.locator("#live[data-state=live]")).to_be_visible(timeout=WAIT_MS)
        expect(wall.locator("li.tile.offline")).to_have_count(0, timeout=WAIT_MS)
    page = walls[0]
    page.locator("li.tile a.name").last.focus()
    page.evaluate("window.isSame = true; window.scrollTo(0, 200)")
    before = page.evaluate(WHERE_ONE_IS)
    serial = next(str(one["serial"]) for one in installation.list_terminals() if one["state"] == "ready")

    started = time.monotonic()
    installation.command(serial, "offline")
    try:
        for wall in walls:
            expect(wall.locator("li.tile.offline, li.tile.unknown")).to_have_count(1, timeout=WAIT_MS)
        seconds = time.monotonic() - started
    finally:
        installation.command(serial, "online")

    assert seconds < 1.0
    assert page.evaluate(WHERE_ONE_IS) == before
    assert page.evaluate("window.isSame")


def test_check_12_of_two_tabs_that_refund_at_once_one_wins_and_the_other_says_why(
    desk: Desk, context: BrowserContext
) -> None:
    address = first_row(desk, REFUNDABLE)
    tabs = [desk.page, context.new_page()]
    for tab in tabs:
        tab.goto(f"{desk.url}{address}")
        tab.get_by_role("link", name="Refund").click()
        tab.locator("#refund-amount").fill("1.00", timeout=WAIT_MS)
        tab.get_by_label("Reason").select_option("goodwill")

    tabs[0].locator("#dialog button.primary").click()
    expect(tabs[0].get_by_text("Refund of €1.00 asked for.")).to_be_visible(timeout=WAIT_MS)
    tabs[1].locator("#dialog button.primary").click()

    expect(tabs[1].locator("#dialog").get_by_role("alert")).to_be_visible(timeout=WAIT_MS)
    tabs[0].reload()
    expect(tabs[0].locator("#payment-live").get_by_text("€1.00 refunded")).to_be_visible(timeout=WAIT_MS)


def test_check_13_above_the_limit_another_person_is_asked_and_both_are_on_the_timeline(
    desk: Desk, chromium: Browser, installation: Installation
) -> None:
    rows = desk.open(REFUNDABLE).locator("tbody tr[data-href]")
    amounts = [re.sub(r"[^\d]", "", text) for text in rows.locator("td[data-label=Amount]").all_inner_texts()]
    address = next(
        rows.nth(place).get_attribute("data-href") for place, minor in enumerate(amounts) if int(minor) > 51_00
    )
    inbox = desk.open("/inbox/")
    expect(inbox.locator("#live[data-state=live]")).to_be_visible(timeout=WAIT_MS)
    with somebody(chromium, installation, "cashier") as cashier:
        cashier.goto(f"{installation.url}{address}")

        def refund() -> None:
            cashier.get_by_role("link", name="Refund", exact=True).click()
            cashier.locator("#refund-amount").fill("51.00", timeout=WAIT_MS)
            cashier.get_by_label("Reason").select_option("goodwill")
            expect(cashier.locator("#dialog button.primary")).to_contain_text("Ask to refund")
            cashier.locator("#dialog button.primary").click()

        refund()
        expect(cashier.get_by_text("Asked for approval")).to_be_visible(timeout=WAIT_MS)
        waiting = inbox.locator("tr", has_text="Elif Kaya waits for approval")
        expect(waiting).to_be_visible(timeout=WAIT_MS)

        waiting.get_by_role("link", name=re.compile("^Decide")).click()
        inbox.get_by_role("button", name="Approve").first.click()
        expect(inbox.get_by_text("Approved for Elif Kaya.")).to_be_visible(timeout=WAIT_MS)
        timeline = cashier.locator("[id^=payment-timeline]")
        expect(timeline).to_contain_text("Mara Halden", timeout=WAIT_MS)
        expect(timeline).to_contain_text("Elif Kaya")
        refund()
        expect(cashier.get_by_text("Refund of €51.00 asked for.")).to_be_visible(timeout=WAIT_MS)


def test_check_15_a_copied_address_shows_the_same_and_back_restores_filters_and_scroll(
    desk: Desk, chromium: Browser, signed_in_state: str
) -> None:
    path = "/payments/?status=declined,failed&totals=1"
    page = desk.open(path)
    wanted = [page.locator(part).all_inner_texts() for part in ("#totals dd", "td[data-label=Order]")]
    other = chromium.new_context(storage_state=signed_in_state, locale="en-GB", viewport={"width": 1440, "height": 900})
    copy = other.new_page()
    copy.goto(page.url)

    assert [copy.locator(part).all_inner_texts() for part in ("#totals dd", "td[data-label=Order]")] == wanted
    other.close()

    page = desk.open("/payments/?method=card_present")
    page.set_viewport_size({"width": 1440, "height": 500})
    page.evaluate("window.scrollTo(0, 400)")
    page.locator("tbody tr td[data-label=Order] a").nth(9).click()
    expect(page).to_have_url(re.compile("/orders/"))
    page.go_back()
    expect(page).to_have_url(re.compile("method=card_present"))
    expect(page.locator(".chip.on", has_text="Method").first).to_be_visible()
    page.wait_for_function("scrollY > 200")


def totals(page: Page) -> dict[str, dict[str, int]]:
    """What stands above a list: currency -> name -> minor units or number."""
    found = {}
    for line in page.locator("#totals dl").all():
        values = [int(re.sub(r"\D", "", text) or 0) for text in line.locator("dd").all_inner_texts()]
        found[str(line.get_attribute("aria-label"))] = dict(
            zip(line.locator("dt").all_inner_texts(), values, strict=True)
        )
    return found


def test_check_16_totals_of_what_is_filtered_are_those_of_its_file(desk: Desk) -> None:
    # What is settled does not change while the demo goes on selling.
    path = "/payments/?money_stage=settled,paid_out,reconciled&totals=1"
    page = desk.open(path)
    shown = totals(page)
    page.get_by_role("link", name="Export", exact=True).click()
    page.locator("#dialog form button.primary").click(timeout=WAIT_MS)
    link = page.locator("tbody tr").first.get_by_role("link", name=re.compile("^Download"))
    link.wait_for(timeout=60_000)
    with page.expect_download() as taken:
        link.click()
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in csv.DictReader(io.StringIO(taken.value.path().read_text(encoding="utf-8-sig"))):
        for name in ("captured", "refunded", "settled"):
            sums[row["currency"]][name.capitalize()] += int(row[f"{name}_minor"])
        sums[row["currency"]]["Payments"] += 1

    assert totals(desk.open(path)) == shown
    assert (
        shown
        and {currency: {name: figures[name] for name in sums[currency]} for currency, figures in shown.items()} == sums
    )


def test_check_29_every_dead_end_says_what_happened_and_one_way_on(
    desk: Desk, chromium: Browser, installation: Installation
) -> None:
    page = desk.open("/payments/?q=nothing-is-called-that")
    expect(page.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.goto(f"{desk.url}/payments/019aa2c4-7d10-7a3b-8d5e-1f2a3b4c5d6e/")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_text("no money moved")).to_be_visible()
    expect(page.get_by_role("link", name="Payments")).to_be_visible()
    with somebody(chromium, installation, "cashier") as cashier:
        answer = cashier.goto(f"{installation.url}/reconciliation/")
        assert answer is not None and answer.status == 403
        expect(cashier.get_by_role("heading", level=1)).to_be_visible()
        expect(cashier.locator("main a.btn").first).to_be_visible()


def decide_with_words(page: Page, way: str, note: str) -> None:
    """Choose a way by its name, write a note and press the button."""
    page.get_by_role("radio", name=way).check()
    page.get_by_label("Note for the auditor").fill(note)
    with page.expect_navigation(timeout=WAIT_MS):
        page.get_by_role("button", name="Resolve and next").click()


def one_to_write_off(desk: Desk) -> str:
    """The address of an open exception whose amount is on an account."""
    page = desk.open("/reconciliation/exceptions/")
    for address in page.locator("tr[data-href]").evaluate_all("rows => rows.map(row => row.dataset.href)"):
        if desk.open(address).get_by_role("radio", name="Write the difference off").count():
            return str(address)
    raise AssertionError("the demo plants some every day")


def test_the_answer_of_a_second_person_reaches_the_page_that_waits_and_a_second_tab_is_told_it_came_too_late(
    desk: Desk, office: Office, chromium: Browser, installation: Installation
) -> None:
    rules = office.get("reconciliation/rules/")
    kept = {
        name: rules[name]
        for name in ("card_window_days", "payout_window_days", "rounding_max_minor", "rounding_account")
    }
    office.send("POST", "reconciliation/rules/", {**kept, "limits": {**rules["limits"], "manager": 0}})
    address = one_to_write_off(desk)
    with somebody(chromium, installation, "manager") as manager:
        manager.goto(f"{desk.url}{address}")
        other = manager.context.new_page()
        other.goto(f"{desk.url}{address}")
        decide_with_words(manager, "Write the difference off", "the processor says so")
        expect(manager.get_by_text("Waiting for a second person.")).to_be_visible()
        expect(manager.get_by_role("radio", name="Write the difference off")).to_be_checked()

        asked = desk.open("/approvals/").locator("tr", has_text="the processor says so")
        asked.get_by_role("button", name="Approve").click()

        # Without a reload.
        expect(manager.get_by_text("Resolve it now, in the way that was asked for.")).to_be_visible(timeout=WAIT_MS)
        expect(manager.get_by_label("Note for the auditor")).to_have_value("the processor says so")
        with manager.expect_navigation(timeout=WAIT_MS):
            manager.get_by_role("button", name="Resolve and next").click()
        expect(manager.get_by_text("is resolved.")).to_be_visible()
        # The other tab was told that nothing is open any more, and what is pressed there all the same is refused in words.
        decide_with_words(other, "Accept with a note", "never mind")
        expect(other.get_by_role("alert")).to_contain_text("Your decision was not taken, and nothing was booked by it.")
        expect(other.get_by_role("alert")).to_be_focused()
        expect(other.locator("main")).to_contain_text("the processor says so")
    assert desk.complaints == []
