"""A shopper's browser, as far as pages without scripts need one: cookies, redirects and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

ANSWER_SECONDS_MAX = 30.0


@dataclass(slots=True)
class Form:
    """A form of a page, with what its hidden fields hold and which choices its buttons have."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """What was shown."""

    url: str
    status: int
    text: str

    def forms(self) -> list[Form]:
        """Return the forms that send something."""
        reader = _FormReader()
        reader.feed(self.text)
        return [form for form in reader.forms if form.method == "post"]


class Browser:
    """One shopper's browser; `async with` closes it."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, follow_redirects=True, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def open(self, url: str) -> Page:
        """Show a page."""
        return _page(await self._http.get(url))

    async def submit(self, page: Page, form: Form, **typed: str) -> Page:
        """Send a form of `page` with what is typed into it."""
        address = urljoin(page.url, form.action or page.url)
        origin = "/".join(address.split("/")[:3])
        headers = {"Referer": page.url, "Origin": origin}
        return _page(await self._http.post(address, data={**form.fields, **typed}, headers=headers))


def _page(response: httpx.Response) -> Page:
    return Page(str(response.url), response.status_code, response.text)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._is_inside = True
        elif self._is_inside and tag in ("input", "select", "textarea") and given.get("name"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self._is_inside and tag == "button" and given.get("name"):
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
