"""What the browser tests share: a whole installation, the machine's own Chromium, and pages that tell what they complain about."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.desk import Desk as Desk
from tests.browser.installation import Installation, an_installation, fresh_code_of
from tests.browser.till import Office, Till, a_till

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


def confirmed(page: Page, installation: Installation) -> bool:
    """Prove again who is signed in, where that is asked for; whether it was."""
    if "reauthenticate" not in page.url:
        return False
    page.locator("input[name=password]").fill(installation.sign_ins["owner"]["password"])
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(re.compile("^(?!.*reauthenticate)"))
    return True


def sign_in(page: Page, installation: Installation, role: str) -> None:
    """Sign in as the demo's person with `role`, with password and code."""
    person = installation.sign_ins[role]
    page.goto(f"{installation.url}/accounts/login/")
    page.locator("input[name=login]").fill(person["email"])
    page.locator("input[name=password]").fill(person["password"])
    page.get_by_role("button", name="Sign in").first.click()
    if person.get("totp_secret"):
        page.locator("input[name=code]").fill(fresh_code_of(person["totp_secret"]))
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


@pytest.fixture
def office(context: BrowserContext, installation: Installation) -> Office:
    """The owner's REST."""
    context.new_page().goto(f"{installation.url}/settings/")
    return Office(context, installation.url)


@pytest.fixture
def till(
    request: pytest.FixtureRequest, chromium: Browser, installation: Installation, office: Office
) -> Iterator[Till]:
    """A till that was just paired with the register that the test's module names, while the demo's own tills stand still."""
    with installation.without_other_tills(), a_till(chromium, installation, office, request.module.REGISTER) as till:
        yield till
