"""The counter beside the sale, on a tablet of a real installation: the day is closed, goods come back, orders wait, are fetched and go on elsewhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Desk, confirmed
from tests.browser.installation import Installation
from tests.browser.test_accessibility import START_AXE, TAGS

pytestmark = pytest.mark.browser
TABLET = {"width": 1180, "height": 820}
PIN = "739251"
# A name of its own for each run: an installation may be tried more than once.
LADY = f"Lady with the dog {uuid.uuid4().hex[:4]}"
PUT_TOKEN = "async (token) => (await import('/static/till/store.js')).put('token', token)"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Tablet:
    """A tablet that is paired with a till of the demo: its page, its own token for asking how things stand, and what the browser complained about."""

    page: Page
    url: str
    token: str
    register_id: str
    complaints: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        """What the API says at `path`."""
        answer = self.page.request.get(f"{self.url}/api/v1/{path}", headers=self._headers)
        assert answer.ok, (path, answer.status, answer.text())
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the API answers to an act."""
        headers = {**self._headers, "Idempotency-Key": str(uuid.uuid4())}
        answer = self.page.request.post(f"{self.url}/api/v1/{path}", headers=headers, data=body)
        assert answer.ok, (path, answer.status, answer.text())
        return answer.json()

    def sell(self, quantity: int = 1) -> dict[str, Any]:
        """Sell the same article for cash, as the tablet does."""
        sku = self.article["sku"]
        total = self.article["price"]["amount_minor"] * quantity
        sold = self.post("sales/", {"lines": [{"article": sku, "quantity": quantity}], "tendered_minor": total})
        return sold["order"]  # type: ignore[no-any-return]

    @cached_property
    def article(self) -> dict[str, Any]:
        """An article there is enough of."""
        found = self.get("catalog/")["variants"]
        return max((one for one in found if one["price"] and one["is_stocked"]), key=lambda one: one["free_quantity"])  # type: ignore[no-any-return]

    def look_through(self, name: str) -> None:
        """Complain about what axe finds here, in both themes."""
        self.page.evaluate(AXE_SCRIPT)
        self.page.evaluate(START_AXE, TAGS)
        self.complaints += [f"{name} {said}" for said in self.page.evaluate("window.found")]

    def end_shift(self) -> None:
        """Close what an earlier customer of this till left open."""
        current = self.get("till/shift/")
        for blocker in current["blockers"]:
            self.post(f"orders/{blocker['id']}/cancellations/", {"reason": "nobody came back"})
        if current["shift"]:
            shift = f"shifts/{current['shift']['id']}"
            there = self.post(f"{shift}/counts/", {"loose_minor": 0})["expected_minor"]
            count = self.post(f"{shift}/counts/", {"loose_minor": there})
            self.post(f"{shift}/closings/", {"count_id": count["id"], "left_minor": 0})

    def show(self, screen: str) -> None:
        """Open a screen by its button, or behind "More"."""
        button = self.page.locator(f"[data-screen={screen}]")
        # Asking whether something is visible waits for ever on a page that does not answer; this does not.
        button.wait_for(state="attached")
        if not button.is_visible():
            self.page.locator(".till-menu > summary").click()
        button.click()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Device {self.token}"}


@pytest.fixture(scope="module")
def quiet(installation: Installation) -> Iterator[None]:
    """Nobody else sells at these tills meanwhile."""
    with installation.without_other_tills():
        yield


@contextmanager
def a_tablet(chromium: Browser, installation: Installation, place: int) -> Iterator[Tablet]:
    """A paired tablet with its page open: the last till of the demo, or the one before it in the same store."""
    tills = json.loads((installation.root / "var" / "demo.json").read_text())["tills"]
    last = max(tills, key=lambda till: str(till["code"]))
    here = sorted((till for till in tills if till["store_id"] == last["store_id"]), key=lambda till: str(till["code"]))
    till = here[-1 - place]
    context = chromium.new_context(viewport=TABLET, locale="en-GB", reduced_motion="reduce")
    tablet = Tablet(context.new_page(), installation.url, till["token"], till["register_id"])
    # Somewhere of the same origin that is not the till's door, in a page of its own: nobody listens to what it complains about.
    elsewhere = context.new_page()
    elsewhere.goto(f"{installation.url}/till/manifest.webmanifest")
    elsewhere.evaluate(PUT_TOKEN, tablet.token)
    elsewhere.close()
    Desk(tablet.page, tablet.url, tablet.complaints).hears(tablet.page)
    tablet.page.goto(f"{installation.url}/till/")
    expect(tablet.page.locator("#till-scan")).to_be_visible()
    yield tablet
    context.close()


@pytest.fixture
def tablet(chromium: Browser, installation: Installation, quiet: None) -> Iterator[Tablet]:
    """The tablet at the till that is left to whoever tries the product."""
    with a_tablet(chromium, installation, 0) as tablet:
        yield tablet


@pytest.fixture
def neighbour(chromium: Browser, installation: Installation, quiet: None) -> Iterator[Tablet]:
    """Another till of the same store."""
    with a_tablet(chromium, installation, 1) as tablet:
        yield tablet


def test_check_27_what_is_open_holds_the_day_up_with_a_way_to_it_and_closing_twice_makes_one_z(tablet: Tablet) -> None:
    page = tablet.page
    tablet.end_shift()
    before = len(tablet.get(f"closings/?register={tablet.register_id}")["results"])
    tablet.show("shift")
    _open_shift(page)
    expect(page.get_by_role("heading", name="A shift is open")).to_be_visible()
    page.get_by_role("button", name="Paid in").click()
    page.get_by_label("Amount").fill("10,00")
    page.get_by_role("button", name="Put it in").click()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    page.get_by_label("Reason").fill("change from the bakery")
    page.get_by_role("button", name="Put it in").click()
    expect(page.get_by_text("change from the bakery")).to_be_visible()

    tablet.look_through("shift")
    _hand_over(tablet)
    left = tablet.post("till/orders/", {"lines": [{"article": tablet.article["sku"]}]})
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_text("Open order", exact=True)).to_be_visible()
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_role("heading", name=f"Order {left['number']}")).to_be_visible()
    tablet.look_through("order")
    page.get_by_role("button", name="Cancel the order").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("nobody came back")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()

    tablet.show("shift")
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_label("€100.00")).to_be_visible()
    expect(page.get_by_text("Open order", exact=True)).to_have_count(0)
    expect(page.get_by_text("Expected in the drawer")).to_have_count(0)
    tablet.look_through("count")
    there = _expected(tablet)
    page.get_by_label("€100.00").fill("2")
    page.get_by_label("Loose or rolled").fill(f"{(there - 20000 + 50) / 100:.2f}")
    expect(page.locator("output.counter-total")).to_have_text(f"€{(there + 50) / 100:,.2f}")
    page.get_by_role("button", name="This is what I counted").click()
    expect(page.get_by_text("+€0.50")).to_be_visible()
    tablet.look_through("ending")
    page.get_by_label("Why it differs").fill("a coin lay in the drawer")
    page.get_by_role("button", name="Close and make the Z").dblclick()

    heading = page.get_by_role("heading", name="Z ")
    expect(heading).to_be_visible()
    number = heading.inner_text().rpartition("-")[2]
    page.get_by_role("button", name="Show and print the Z").click()
    expect(page.frame_locator("iframe.counter-paper").get_by_role("heading", level=1)).to_contain_text("Z")
    closings = tablet.get(f"closings/?register={tablet.register_id}")["results"]
    assert len(closings) == before + 1
    assert (closings[0]["counted_cash_minor"], closings[0]["expected_cash_minor"]) == (there + 50, there)
    assert number == str(closings[0]["number"])
    assert tablet.complaints == []


def _expected(tablet: Tablet) -> int:
    """What should be in the drawer, by a count beside."""
    [shift] = tablet.get(f"shifts/?register={tablet.register_id}&status=open")["results"]
    return int(tablet.post(f"shifts/{shift['id']}/counts/", {"loose_minor": 0})["expected_minor"])


def _open_shift(page: Page) -> None:
    """Nobody is chosen beforehand, and a float that nobody wrote is none: both are asked for."""
    press = page.get_by_role("button", name="Open the shift")
    press.click()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    expect(page.get_by_text("Write the amount; 0 if there is none.")).to_be_visible()
    page.get_by_label("Who works at this till").select_option(index=1)
    page.get_by_label("Float from the safe").fill("200.00")
    press.dblclick()


def _hand_over(tablet: Tablet) -> None:
    page, there = tablet.page, _expected(tablet)
    before = tablet.get("till/shift/")["shift"]["person"]
    page.get_by_role("button", name="Hand over the shift").click()
    page.get_by_role("button", name="This is what I counted").click()
    expect(page.get_by_text("Write what you counted; 0 if it is empty.")).to_be_visible()
    expect(page.get_by_role("heading", name="Count the drawer")).to_be_visible()
    page.get_by_label("Loose or rolled").fill(f"{there / 100:.2f}")
    page.get_by_role("button", name="This is what I counted").click()
    expect(page.get_by_text("None: it is right")).to_be_visible()
    page.get_by_label("Who goes on").select_option(index=1)
    page.get_by_role("button", name="Hand over the shift").dblclick()
    expect(page.get_by_role("heading", name="A shift is open")).to_be_visible()
    assert tablet.get("till/shift/")["shift"]["person"] != before


def test_goods_come_back_by_their_receipt_once_however_often_it_is_pressed_or_reloaded(tablet: Tablet) -> None:
    page, order = tablet.page, tablet.sell(3)
    piece = order["total"]["amount_minor"] // 3
    tablet.show("return")
    page.get_by_label("Receipt or order").fill(order["number"])
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name=f"More: {order['lines'][0]['name']}").click()
    page.get_by_role("button", name="Does not fit").click()
    tablet.look_through("return")
    # The answer is lost on its way: the till does not know, says so, and asks the same thing again after a reload.
    with _losing_answers(page, "**/returns/"):
        page.get_by_role("button", name="Give back").click()
        expect(page.get_by_text("Nobody knows yet whether this was done.")).to_be_visible()
    page.reload()

    expect(page.get_by_role("heading", name="Finished meanwhile")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    found = tablet.get(f"orders/{order['id']}/")
    assert (found["refunded"]["amount_minor"], len(found["returns"])) == (piece, 1)
    tablet.show("return")
    page.get_by_label("Receipt or order").fill(order["number"])
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("1 back already")).to_be_visible()
    page.get_by_role("button", name=f"More: {order['lines'][0]['name']}").click()
    page.get_by_label("Reason").fill("does not fit either")
    page.get_by_role("button", name="Give back").dblclick()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    expect(page.get_by_text("Cash: give it out of the drawer")).to_be_visible()
    assert tablet.get(f"orders/{order['id']}/")["refunded"]["amount_minor"] == 2 * piece
    assert [one for one in tablet.complaints if "ERR_FAILED" not in one] == []


def test_an_exchange_moves_no_money_where_it_is_even_and_leaves_the_difference_to_the_sale(tablet: Tablet) -> None:
    page, article = tablet.page, tablet.article
    for pieces in (1, 2):
        order = tablet.sell(1)
        tablet.show("return")
        # Scanned while nobody is in the field.
        page.get_by_role("heading", name="Return", exact=True).focus()
        page.keyboard.type(f"{order['number']}\n")
        page.get_by_role("button", name=f"More: {order['lines'][0]['name']}").click()
        page.get_by_role("button", name="Other goods instead").click()
        page.get_by_role("button", name="Wrong article").click()
        # Nothing chosen yet: that is said, and nothing moves.
        page.get_by_role("button", name="Exchange", exact=True).click()
        expect(page.get_by_text("This is needed.")).to_be_visible()
        # The number, or as much of the name as only one article has.
        for typed in (article["sku"], article["sku"].partition("-")[2])[:pieces]:
            page.get_by_label("Article the customer takes").fill(typed)
            page.keyboard.press("Enter")
        expect(page.get_by_text("This is needed.")).to_be_hidden()
        page.get_by_role("button", name="Exchange", exact=True).click()
        if pieces == 1:
            expect(page.get_by_role("heading", name="Exchanged")).to_be_visible()
            page.get_by_role("main").get_by_role("button", name="To the sale").last.click()
        found = tablet.get(f"orders/{order['id']}/")
        assert [payment["method"] for payment in found["payments"]] == ["cash"]

    expect(page.get_by_role("button", name="Cash", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_role("button", name="exactly").click()
    expect(page.locator("#till").get_by_text("Paid, all of it")).to_be_visible()
    assert page.locator("#till-change").inner_text() == f"€{article['price']['amount_minor'] * 2 / 100:.2f}"
    page.get_by_role("button", name="Next sale").click()
    assert tablet.complaints == []


@contextmanager
def _losing_answers(page: Page, address: str) -> Iterator[None]:
    """The server does what it is asked, and nobody hears it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(address, lose)
    yield
    page.unroute(address)


def set_pin(desk: Desk, installation: Installation) -> None:
    """Have the owner choose the PIN that other tills ask for."""
    for _ in range(2):
        office = desk.open("/approvals/")
        office.locator("#pin-new").fill(PIN)
        office.get_by_role("button", name="Set the PIN").click()
        if not confirmed(office, installation):
            break
    expect(office.get_by_label("New PIN")).to_be_visible()
    office.close()


def test_goods_without_a_receipt_need_a_managers_pin_and_become_store_credit(
    tablet: Tablet, desk: Desk, installation: Installation
) -> None:
    page, article = tablet.page, tablet.article
    set_pin(desk, installation)
    tablet.show("return")
    page.get_by_role("button", name="Goods without a receipt").click()
    page.get_by_label("Article that comes back").fill(article["sku"])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="What is it worth?").click()
    page.get_by_label("Reason").first.fill("present, no receipt")
    tablet.look_through("quote")
    page.get_by_role("button", name="Take back for").click()

    expect(page.get_by_role("heading", name="Somebody else has to allow this")).to_be_visible()
    tablet.look_through("approval")
    # The demo's manager has a PIN, too.
    page.get_by_label("Who allows it").select_option(label=installation.sign_ins["owner"]["name"])
    page.get_by_label("Their PIN").fill("111222")
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_text("This PIN does not work")).to_be_visible()
    page.get_by_label("Their PIN").fill(PIN)
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    expect(page.locator(".counter-code b")).not_to_be_empty()
    assert tablet.get("loose-returns/")["results"][0]["reason"] == "present, no receipt"
    assert [one for one in tablet.complaints if "403" not in one] == []


def test_a_parked_order_goes_on_at_one_other_till(tablet: Tablet, neighbour: Tablet) -> None:
    article, others = tablet.article, len(tablet.get("till/parked/")["data"])
    tablet.page.locator("#till-scan").fill(article["sku"])
    tablet.page.keyboard.press("Enter")
    expect(tablet.page.locator(".till-lines li")).to_have_count(1)
    tablet.show("parked")
    tablet.page.get_by_label("Name for it").fill(LADY)
    tablet.page.get_by_role("button", name="Park it").dblclick()
    expect(tablet.page.get_by_text("Scan an article or press one.")).to_be_visible()
    expect(tablet.page.locator("[data-screen=parked] b")).to_have_text(str(others + 1))
    for one in (tablet, neighbour):
        one.show("parked")
        expect(one.page.get_by_text(LADY)).to_be_visible()

    parked = neighbour.page.get_by_role("listitem").filter(has_text=LADY)
    parked.get_by_role("button", name="Go on here").click()
    expect(neighbour.page.locator(".till-lines li")).to_have_count(1)
    late = tablet.page.get_by_role("listitem").filter(has_text=LADY)
    late.get_by_role("button", name="Go on here").click()

    expect(tablet.page.get_by_text("is being worked on at")).to_be_visible()
    neighbour.page.get_by_role("button", name="Clear").click()
    neighbour.page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    expect(neighbour.page.get_by_text("Scan an article or press one.")).to_be_visible()
    assert [one for one in tablet.complaints + neighbour.complaints if "409" not in one] == []


def test_an_order_is_fetched_paid_at_the_till_and_collected_and_one_begun_online_goes_on_here(
    tablet: Tablet, installation: Installation
) -> None:
    page, web = tablet.page, _Webshop(tablet, installation)
    paid_here = web.order_to_collect()
    tablet.show("collect")
    row = page.locator(f"[data-order='{paid_here['number']}']")
    expect(row.get_by_text("Pays here")).to_be_visible()
    row.get_by_role("button", name="Fetched from the shelf").click()
    expect(row.get_by_role("button", name="Take the payment here")).to_be_visible()
    tablet.look_through("collect")
    row.get_by_role("button", name="Take the payment here").click()
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_role("button", name="exactly").click()

    expect(page.locator("#till").get_by_text("Paid, all of it")).to_be_visible()
    assert tablet.get(f"orders/{paid_here['id']}/")["fulfilment_status"] == "fulfilled"
    page.get_by_role("button", name="Next sale").click()
    cart, code = web.cart_with_code()
    tablet.show("carts")
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Go on with it here").click()
    expect(page.get_by_role("heading", name=f"Order {cart['number']}")).to_be_visible()
    assert tablet.get(f"carts/{cart['id']}/")["store_id"] is not None
    assert tablet.complaints == []


@dataclass
class _Webshop:
    """The demo's webshop, with its own key."""

    tablet: Tablet
    installation: Installation

    def order_to_collect(self) -> dict[str, Any]:
        """An order that is fetched and paid in the tablet's store."""
        body = {
            "channel": self._demo["channel_codes"]["webshop"],
            "currency": self._demo["currency"],
            "lines": [{"sku": self.tablet.article["sku"], "quantity": 1}],
            "customer": {"email": "ines@example.com", "name": "Ines Albrecht"},
            "delivery_method": "collect",
            "collect_store_id": self.tablet.get("me/")["store"]["id"],
            "payment": "in_store",
        }
        return self._post("checkouts/", body)["order"]  # type: ignore[no-any-return]

    def cart_with_code(self) -> tuple[dict[str, Any], str]:
        """A cart of the webshop, and the code its customer shows."""
        lines = [{"article": self.tablet.article["sku"], "quantity": 2}]
        cart = self._post("carts/", {"channel": self._demo["channel_codes"]["webshop"], "lines": lines})
        return cart, self._post(f"carts/{cart['id']}/codes/", {})["hand_off"]["code"]

    @property
    def _demo(self) -> dict[str, Any]:
        return json.loads((self.installation.root / "var" / "demo.json").read_text())  # type: ignore[no-any-return]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self._demo['api_key']}", "Idempotency-Key": str(uuid.uuid4())}
        answer = self.tablet.page.request.post(f"{self.tablet.url}/api/v1/{path}", headers=headers, data=body)
        assert answer.ok, (path, answer.status, answer.text())
        return answer.json()


@contextmanager
def _training(tablet: Tablet, office: Page) -> Iterator[None]:
    """The till is in training meanwhile, as a manager puts it there."""
    tablet.end_shift()
    office.get_by_role("button", name="Begin training").click()
    expect(office.get_by_role("button", name="End the training")).to_be_visible()
    try:
        yield
    finally:
        office.get_by_role("button", name="End the training").click()
        expect(office.get_by_role("button", name="Begin training")).to_be_visible()


def test_a_till_in_training_says_so_by_itself_and_what_waits_until_it_is_over(tablet: Tablet, desk: Desk) -> None:
    page, office = tablet.page, desk.open(f"/day-close/tills/{tablet.register_id}/")
    with _training(tablet, office):
        expect(page.get_by_text("Training: nothing here is counted")).to_be_visible()
        tablet.show("shift")
        expect(page.get_by_text("it has no drawer and no shift")).to_be_visible()
        tablet.show("parked")
        expect(page.get_by_text("Orders are not parked")).to_be_visible()
        page.get_by_role("button", name="To the sale").click()
        page.locator("#till-scan").fill(tablet.article["sku"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Cash", exact=True).click()
        page.get_by_role("button", name="exactly").click()
        expect(page.locator("#till").get_by_text("Paid, all of it")).to_be_visible()
        page.get_by_role("button", name="Print", exact=True).click()
        expect(page.frame_locator("iframe.counter-paper").locator(".watermark")).to_be_visible()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Next sale").click()
        tablet.show("training")
        expect(page.get_by_text("This till is in training.")).to_be_visible()

    expect(page.get_by_text("This till sells for real.")).to_be_visible()
    expect(page.get_by_text("Training: nothing here is counted")).to_be_hidden()
    assert tablet.complaints == []


SCREENS = ("shift", "return", "parked", "collect", "carts", "order", "training")


def test_check_21_axe_finds_nothing_on_the_counters_screens_and_none_goes_sideways(tablet: Tablet) -> None:
    page = tablet.page
    for screen in SCREENS:
        tablet.show(screen)
        expect(page.locator("[data-screen-body] .card").first).to_be_visible()
        tablet.look_through(screen)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 760})
            tablet.complaints += [f"{screen} is too wide at {width}"] if page.evaluate(SIDEWAYS) else []
        page.set_viewport_size(TABLET)
        page.get_by_role("button", name="To the sale").click()

    assert tablet.complaints == []


def test_without_a_line_each_screen_says_so_and_comes_back_by_itself(tablet: Tablet) -> None:
    page = tablet.page
    page.context.set_offline(True)
    for screen, said in (("shift", "with the connection only"), ("collect", "This screen needs the connection")):
        tablet.show(screen)
        expect(page.get_by_text(said)).to_be_visible()
        page.get_by_role("button", name="To the sale").click()
    tablet.show("parked")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("heading", name="Waiting in this store")).to_be_visible()
