"""Somebody at work in a browser, and everything that browser complained about."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page


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
        if message.type in ("error", "warning"):
            self.complaints.append(f"{page.url} {message.text}")
