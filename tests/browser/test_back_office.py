"""The back office in a real browser against a whole installation: what staff do all day, and that no page complains."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from django.urls import get_resolver
from playwright.sync_api import Browser, expect

from merchant.core.staff_pages import StaffPageView
from tests.browser.conftest import Desk, sign_in
from tests.browser.installation import Installation

pytestmark = pytest.mark.browser
# No pages by themselves: one needs a file that was just sent, one is what the palette finds, one the number at the bell.
NO_PAGES = {"/products/import/columns/", "/search/palette/", "/inbox/bell/"}
# Beside every address that needs no id: those with a query that draws another page, and what allauth brings.
PAGES = [
    "/terminals/?wall=1", "/imports/?of=bank", "/search/?q=1111", "/payments/?q=nothing-is-called-that", "/orders/?status=cancelled",
    "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/",
]  # fmt: skip
# Lists whose first row leads to a page worth looking at.
DETAILS = [
    "/orders/", "/payments/", "/payments/?status=declined", "/payouts/", "/imports/", "/imports/?of=bank", "/webhook-log/", "/payment-links/",
    "/terminals/", "/day-close/",
]  # fmt: skip
FIRST_ROW = "tbody tr[data-href], li.tile a.name"
WIDTHS = {"desk": 1440, "tablet": 900, "phone": 320}
# What stands outside its card, or is cut by it, without a bar to scroll it with.
OUTSIDE = """() => [...document.querySelectorAll('.card, dialog[open], .entrance > main')].flatMap((card) => {
  const edge = card.getBoundingClientRect();
  return [...card.querySelectorAll('*')].filter((part) => {
    const box = part.getBoundingClientRect();
    return box.width && part.checkVisibility() && !part.closest('.scroll, .sr, svg, .legend') && (box.right > edge.right + 1 || box.left < edge.left - 1);
  }).map((part) => `${part.tagName}.${part.className} ${(part.innerText || '').slice(0, 40)}`);
}).slice(0, 3)"""
# Where the keyboard is: whether one sees it, and what it is called.
FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const ringed = (part) => getComputedStyle(part).outlineStyle !== 'none' && parseFloat(getComputedStyle(part).outlineWidth) > 0;
  const holder = here.closest('.find, .searchline');
  const name = here.getAttribute('aria-label') || here.getAttribute('aria-labelledby') || here.labels?.[0]?.innerText || here.innerText || here.name;
  return { what: `${here.tagName}.${here.className}`, seen: ringed(here) || Boolean(holder && ringed(holder)), named: Boolean((name || '').trim()) };
}"""
WAIT_MS = 15_000
# The rail, the top bar and the first rows; further rows are like these.
TABS_A_PAGE = 40


def addresses() -> list[str]:
    """Every page of the back office that needs no id, so that a new one is looked at without being listed here."""
    found = [
        "/" + str(pattern.pattern)
        for outer in get_resolver().url_patterns
        for pattern in getattr(outer, "url_patterns", [])
        if not str(outer.pattern)
        and not getattr(pattern.pattern, "converters", {})
        and not str(pattern.pattern).endswith(".csv")
        for view in [getattr(getattr(pattern, "callback", None), "view_class", None)]
        if view is not None and issubclass(view, StaffPageView) and hasattr(view, "get")
    ]
    return [*(address for address in found if address not in NO_PAGES), *PAGES]


def first_of(desk: Desk, path: str) -> str:
    """The address of a list's first row, "" for an empty list."""
    row = desk.open(path).locator(FIRST_ROW)
    return str(row.first.get_attribute("data-href") or row.first.get_attribute("href")) if row.count() else ""


def all_addresses(desk: Desk) -> list[str]:
    """Every page, also one of each kind that needs an id."""
    return [*addresses(), *filter(None, (first_of(desk, path) for path in DETAILS))]


def paid_by_card(desk: Desk) -> str:
    """The address of a card payment that can be refunded."""
    page = desk.open("/payments/?status=captured&method=card_present")
    return str(page.locator("tbody tr[data-href]").first.get_attribute("data-href"))


def test_somebody_signs_in_with_password_and_code_and_signs_out(installation: Installation, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()

    sign_in(page, installation, "manager")

    expect(page.get_by_role("link", name="Reconciliation")).to_be_visible()
    page.locator("summary.person").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{installation.url}/payments/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    context.close()


def test_a_cashier_sees_no_figures_and_no_back_office(installation: Installation, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()

    sign_in(page, installation, "cashier")

    expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    expect(page.get_by_text("Net takings so far")).to_have_count(0)
    expect(page.get_by_role("link", name="Reconciliation")).to_have_count(0)
    answer = page.goto(f"{installation.url}/reconciliation/")
    assert answer is not None and answer.status == 403
    context.close()


def test_payments_are_filtered_by_the_address_and_open_beside_the_list(desk: Desk) -> None:
    page = desk.open("/payments/")
    page.locator("summary.chip", has_text="Status").click()
    page.get_by_label("Paid", exact=True).check()
    page.get_by_role("button", name="Apply").locator("visible=true").click()

    expect(page).to_have_url(re.compile("status=captured"))
    states = page.locator("tbody td[data-label=Status]").all_inner_texts()
    # Of what was paid something may have gone back since; it is still a payment that was paid.
    assert "Paid" in states and set(states) <= {"Paid", "Part refunded"}

    page.locator("tbody tr[data-href]").first.locator("td[data-label=Amount]").click()
    expect(page.locator("#drawer").get_by_role("heading", name="Money trail")).to_be_visible(timeout=WAIT_MS)
    page.locator("#drawer").get_by_role("link", name="Open page").click()
    expect(page.get_by_role("heading", name="What was asked of gateways")).to_be_visible()
    assert desk.complaints == []


def test_what_is_filtered_is_added_up_per_currency(desk: Desk) -> None:
    page = desk.open("/payments/?status=declined")
    page.get_by_role("link", name="Add up what is filtered").click()

    expect(page.locator("#totals dl[aria-label=EUR]")).to_contain_text("€0.00", timeout=WAIT_MS)


def test_each_box_of_home_opens_the_rows_that_add_up_to_it(desk: Desk) -> None:
    page = desk.open("/")
    # What is settled does not change while shoppers and tills go on.
    box = page.locator("#home-flow li:not(.idle)", has_text=re.compile("Settled|Paid out|Reconciled")).first
    shown, address = box.locator(".money").first.inner_text(), box.locator("a").first.get_attribute("href")

    page = desk.open(str(address))

    sums = dict(
        zip(page.locator("#totals dt").all_inner_texts(), page.locator("#totals dd").all_inner_texts(), strict=True)
    )
    net = int(re.sub(r"[^\d]", "", sums["Captured"])) - int(re.sub(r"[^\d]", "", sums["Refunded"]))
    # Payments of a short payout stand in two boxes, each with its part.
    part = next(
        (sums[name] for name in ("Not in the bank", "In the bank") if name in sums and "short" in str(address)), None
    )
    assert int(re.sub(r"[^\d]", "", part or str(net))) == int(re.sub(r"[^\d]", "", shown))


def test_too_much_is_refused_in_the_dialog_and_a_part_is_refunded_once(desk: Desk) -> None:
    page = desk.open(paid_by_card(desk))
    page.get_by_role("link", name="Refund").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_label("Amount")).to_be_visible(timeout=WAIT_MS)
    dialog.get_by_label("Amount").fill("99999.00")
    dialog.get_by_label("Reason").select_option("goodwill")
    # Made taller by its corner: what the browser writes on it then is not put on the field that takes its place, which the content policy forbids.
    dialog.locator("textarea").evaluate("field => { field.style.height = '10rem' }")
    dialog.get_by_role("button", name=re.compile("^Refund")).click()

    expect(dialog.get_by_role("alert")).to_contain_text("can still be refunded", timeout=WAIT_MS)

    dialog.get_by_label("Amount").fill("1.00")
    dialog.get_by_role("button", name=re.compile("^Refund")).click()
    expect(page.get_by_text("Refund of €1.00 asked for.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("#payment-live").get_by_text("€1.00 refunded")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("#payment-live .status", has_text="Part refunded")).to_be_visible()
    assert [complaint for complaint in desk.complaints if "409" not in complaint] == []


def test_a_terminal_that_drops_off_changes_its_tile_within_a_second(desk: Desk, installation: Installation) -> None:
    page = desk.open("/terminals/")
    expect(page.locator("#live[data-state=live]")).to_be_visible(timeout=WAIT_MS)
    # One that a customer of the demo has just stepped up to is first shown with its unknown payment.
    gone = page.locator("li.tile.offline, li.tile.unknown")
    expect(gone).to_have_count(0, timeout=WAIT_MS)
    serial = next(str(device["serial"]) for device in installation.list_terminals() if device["state"] == "ready")
    started = time.monotonic()
    installation.command(serial, "offline")

    expect(gone).to_have_count(1, timeout=WAIT_MS)
    seconds = time.monotonic() - started
    expect(page.locator("li.tile.offline")).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator("#wall-counts a", has_text="Offline").locator("b")).to_have_text("1", timeout=WAIT_MS)
    expect(page.locator("#wall-events li").first).to_be_visible()
    installation.command(serial, "online")
    expect(page.locator("li.tile.offline")).to_have_count(0, timeout=WAIT_MS)

    assert seconds < 1.0
    assert desk.complaints == []


def test_a_file_that_is_no_report_is_refused_with_line_and_column(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "holiday.csv"
    file.write_text("name,where\nMara,Uppsala\n")
    page = desk.open("/imports/")
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Import").click()

    expect(page.get_by_role("alert")).to_contain_text("line 1")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was stored")


def test_check_25_the_same_report_again_changes_nothing_and_says_so(
    desk: Desk, installation: Installation, tmp_path: Path
) -> None:
    page = desk.open("/imports/")
    name = page.locator("tbody th a").first.inner_text()
    page.locator("tbody th a").first.click()
    sha256 = page.locator("dd.id").last.inner_text()
    [kept] = list((installation.root / "var" / "files").rglob(sha256))
    copy = tmp_path / name
    copy.write_bytes(kept.read_bytes())

    page = desk.open("/imports/")
    before = page.locator("tbody tr").count()
    page.locator("#import-file").set_input_files(copy)
    page.get_by_role("button", name="Import").click()

    expect(page.get_by_text("This file was imported before.")).to_be_visible()
    assert desk.open("/imports/").locator("tbody tr").count() == before


def test_what_is_on_screen_is_exported_and_downloaded(desk: Desk) -> None:
    page = desk.open("/payments/?status=declined")
    page.get_by_role("link", name="Export", exact=True).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Exactly the rows on screen", timeout=WAIT_MS)
    dialog.get_by_role("button", name="Make the file").click()

    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Declined", timeout=WAIT_MS)
    with page.expect_download(timeout=60_000) as download:
        row.get_by_role("link", name="Download").click(timeout=60_000)
    text = Path(download.value.path()).read_text()
    assert len(text.splitlines()) > 1
    assert all(",declined," in line for line in text.splitlines()[1:])


def test_a_payment_is_taken_by_link_and_its_code_is_shown(desk: Desk) -> None:
    page = desk.open("/payments/")
    page.get_by_role("link", name="Take a payment").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Amount").fill("12,50")
    dialog.get_by_label("What for").fill("Repair of a chair")
    dialog.get_by_role("button", name="Make the link").click()

    expect(page.get_by_role("img", name="QR code of the link")).to_be_visible(timeout=WAIT_MS)
    address = page.locator(".secret a").inner_text()
    answer = page.goto(address)
    assert answer is not None and answer.ok
    expect(page.get_by_text("Repair of a chair")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_complains_in_either_theme(desk: Desk, theme: str) -> None:
    desk.page.add_init_script(f"localStorage.setItem('tillsyn-theme', '{theme}')")
    for path in all_addresses(desk):
        desk.open(path)

    assert desk.complaints == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_no_page_moves_sideways_and_nothing_stands_outside_its_card(desk: Desk, width: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": 700})
    wrong = []
    for path in all_addresses(desk):
        page = desk.open(path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{path} is wider than the screen")
        wrong += [f"{path}: {part}" for part in page.evaluate(OUTSIDE)]

    assert wrong == []


def test_the_keyboard_reaches_every_page_through_the_skip_link_and_is_always_seen(desk: Desk) -> None:
    wrong = []
    for path in all_addresses(desk):
        page = desk.open(path)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.id") != "content":
            wrong.append(f"{path}: the first Tab is no way to the content")
        for _ in range(TABS_A_PAGE):
            page.keyboard.press("Tab")
            here = page.evaluate(FOCUS)
            if here is None:
                break
            if not (here["seen"] and here["named"]):
                wrong.append(f"{path}: {here}")

    assert wrong == []


def test_escape_closes_the_refund_and_gives_the_keyboard_back(desk: Desk) -> None:
    page = desk.open(paid_by_card(desk))
    page.keyboard.press("r")
    expect(page.locator("#refund-amount")).to_be_focused(timeout=WAIT_MS)
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Refund")).to_be_focused()


def test_what_comes_back_adds_up_and_the_button_says_it(desk: Desk) -> None:
    page = desk.open(paid_by_card(desk))
    page.get_by_role("link", name="Refund").click()
    line = page.locator("#dialog [data-adds]").first
    line.fill("1", timeout=WAIT_MS)

    minor = min(
        int(line.get_attribute("data-unit") or 0), int(page.locator("#refund-amount").get_attribute("data-most") or 0)
    )
    expect(page.locator("#refund-amount")).to_have_value(f"{minor / 100:.2f}")
    expect(page.locator("#dialog button.primary")).to_contain_text(f"€{minor / 100:,.2f}")


def test_a_form_that_is_a_page_of_its_own_says_what_is_wrong_with_it(desk: Desk) -> None:
    page = desk.open("/payment-links/new/")
    page.get_by_label("Amount").fill("nothing")
    page.get_by_label("What for").fill("Repair")
    page.get_by_role("button", name="Make the link").click()

    expect(page.get_by_role("alert")).to_be_visible(timeout=WAIT_MS)
