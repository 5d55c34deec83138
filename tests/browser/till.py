"""A tablet at the counter, paired as a person pairs it, and what the server says of what it sold."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playwright.sync_api import APIResponse, Browser, BrowserContext, Locator, Page

from tests.browser.desk import Desk
from tests.browser.installation import Installation

TABLET = {"width": 1180, "height": 820}
# A card payment at a simulated terminal takes a few seconds; the machine may be busy.
PAYMENT_MS = 40_000
SYNCED = "() => import('/static/till/sale.js').then((sales) => sales.isSynced())"


@dataclass
class Office:
    """The owner's REST, by the session of the back office."""

    context: BrowserContext
    url: str

    def get(self, path: str) -> dict[str, Any]:
        """Ask."""
        answer = self.context.request.get(f"{self.url}/api/v1/{path}")
        assert answer.ok, (path, answer.status, answer.text())
        return dict(answer.json())

    def send(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send, as the session's own pages do."""
        answer = self._fetch(method, path, data)
        assert answer.ok, (path, answer.status, answer.text())
        return dict(answer.json())

    def _fetch(self, method: str, path: str, data: dict[str, Any] | None = None) -> APIResponse:
        [token] = [cookie["value"] for cookie in self.context.cookies() if "csrf" in cookie["name"]]  # type: ignore[typeddict-item]
        return self.context.request.fetch(
            f"{self.url}/api/v1/{path}",
            method=method,
            data=data or {},
            headers={"X-CSRFToken": token, "Referer": self.url, "Idempotency-Key": str(uuid4())},
        )

    def register(self, code: str) -> dict[str, Any]:
        """The register with `code`."""
        return next(row for row in self.get("registers/")["results"] if row["code"] == code)

    def pairing_code(self, register_id: str) -> str:
        """A fresh code for a register's tablet. A merchant makes sixty in ten minutes; a quick run waits for the next."""
        path = f"registers/{register_id}/pairing-codes/"
        while (answer := self._fetch("POST", path)).status == 429:
            time.sleep(int(answer.headers["retry-after"]))
        assert answer.ok, (path, answer.status, answer.text())
        return str(answer.json()["code"])

    def payments_of(self, order_id: str) -> list[dict[str, Any]]:
        """The payments of an order, whatever became of them."""
        return list(self.get(f"orders/{order_id}/")["payments"])


@dataclass
class Till:
    """A paired tablet with the till open."""

    page: Page
    register: dict[str, Any]
    office: Office
    terminal_id: str
    serial: str
    complaints: list[str]

    def add(self, *places: int) -> None:
        """Press tiles by their place, and wait until the server has priced the cart."""
        for place in places:
            self.page.locator(".till-good").nth(place).click()
        self.page.locator("#till-due").wait_for()
        self.wait_until_priced()

    def wait_until_priced(self) -> None:
        """The order has its number and total from the server, with all that was pressed; what is drawn may be a moment older."""
        ends_at = time.monotonic() + PAYMENT_MS / 1000
        while not self.page.evaluate(SYNCED) and time.monotonic() < ends_at:
            self.page.wait_for_timeout(20)
        self.page.locator("#till-total[data-sure]").wait_for(timeout=PAYMENT_MS)

    def press(self, name: str) -> None:
        """Press a button on the side where one pays."""
        self.page.locator(".till-pay").get_by_role("button", name=name, exact=True).click()

    @property
    def paying(self) -> Locator:
        """The part where one pays."""
        return self.page.locator(".till-pay")

    def order_id(self) -> str:
        """The order of the sale under way."""
        return str(self.page.evaluate("() => import('/static/till/sale.js').then((sales) => sales.sale.order.id)"))

    def due_minor(self) -> int:
        """What is to pay, as the till shows it."""
        return int(self.page.evaluate("() => import('/static/till/sale.js').then((sales) => sales.due())"))


_TOO_MANY = re.compile(r"There were too many tries\. The next is possible in (\d+) seconds")


def pair(page: Page, office: Office, code: str) -> dict[str, Any]:
    """Type a fresh pairing code into the till's door and return the register it stands for."""
    register = office.register(code)
    page.goto(f"{office.url}/till/")
    redeem(page, office.pairing_code(register["id"]))
    page.locator(".till-good").first.wait_for()
    return register


def redeem(page: Page, code: str) -> None:
    """Type a pairing code into the door. The demo's own tablet sells at every till, which the door says before one goes on."""
    page.get_by_label("Pairing code").fill(code)
    page.get_by_role("button", name="Pair").click()
    opened = page.get_by_role("button", name="Sell with this tablet")
    refused = page.get_by_text(_TOO_MANY)
    opened.or_(refused).first.wait_for()
    # All tablets of a run are at one address, from which ten may be paired a minute.
    if refused.is_visible() and (seconds := _TOO_MANY.search(refused.inner_text())):
        page.wait_for_timeout(1000 * (int(seconds[1]) + 1))
        page.get_by_role("button", name="Pair").click()
    opened.click()


@contextmanager
def a_till(chromium: Browser, installation: Installation, office: Office, code: str, **options: Any) -> Iterator[Till]:
    """Give a till that was just paired with the register `code`."""
    context = chromium.new_context(viewport=TABLET, locale="en-GB", **options)
    page = context.new_page()
    desk = Desk(page, installation.url)
    desk.hears(page)
    register = pair(page, office, code)
    # What the door was refused while it waited is no complaint of the till's.
    desk.complaints[:] = [one for one in desk.complaints if "429" not in one]
    terminal = next(row for row in office.get("terminals/")["results"] if row["register_id"] == register["id"])
    yield Till(page, register, office, terminal["id"], terminal["serial_number"], desk.complaints)
    context.close()
