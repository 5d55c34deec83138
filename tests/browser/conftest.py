"""What the browser tests share: a whole installation, the machine's own Chromium, and pages that tell what they complain about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.installation import Installation, an_installation, code_of

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A running installation with its demo merchant."""
    with an_installation() as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.fail("These tests drive Chromium. Install it (Debian: apt install chromium) and run them again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Desk:
    """Somebody at work: a signed-in page, and everything the browser complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the back office."""
        answer = self.page.goto(self.url + path)
        assert answer is not None and answer.ok, (path, answer and answer.status)
        return self.page

    def hears(self, page: Page) -> None:
        """Note what a page's console, scripts and answers complain about. A content policy that is broken says so in the console."""
        page.on("console", lambda message: self._note(page, message))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url} {error}"))
        page.on(
            "response",
            lambda answer: self.complaints.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )

    def _note(self, page: Page, message: ConsoleMessage) -> None:
        # A font that was still in the browser's memory makes its preload look unused; on a slow machine it says so now and then.
        if message.type in ("error", "warning") and "preloaded using link preload" not in message.text:
            self.complaints.append(f"{page.url} {message.text}")


def sign_in(page: Page, installation: Installation, role: str) -> None:
    """Sign in as the demo's person with `role`, with password and code."""
    person = installation.sign_ins[role]
    page.goto(f"{installation.url}/accounts/login/")
    page.locator("input[name=login]").fill(person["email"])
    page.locator("input[name=password]").fill(person["password"])
    page.get_by_role("button", name="Sign in").first.click()
    if person.get("totp_secret"):
        page.locator("input[name=code]").fill(code_of(person["totp_secret"]))
        page.locator("input[name=code]").press("Enter")
    page.wait_for_url(f"{installation.url}/")


@pytest.fixture(scope="session")
def signed_in_state(installation: Installation, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owner's session, made once: a code of an authenticator app is good once."""
    context = chromium.new_context(locale="en-GB")
    sign_in(context.new_page(), installation, "owner")
    path = tmp_path_factory.mktemp("session") / "state.json"
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture
def context(chromium: Browser, signed_in_state: Path) -> Iterator[BrowserContext]:
    """A browser in which the owner is signed in."""
    context = chromium.new_context(
        storage_state=signed_in_state, viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True
    )
    yield context
    context.close()


@pytest.fixture
def desk(context: BrowserContext, installation: Installation) -> Desk:
    """The owner at work."""
    page = context.new_page()
    desk = Desk(page, installation.url)
    desk.hears(page)
    return desk
