"""
Photograph every staff page with sample data: `python tests/browser/preview.py [--language de] [name …]` writes to `shots/pages/`.

Pages are served on 127.0.0.1 with the product's strict content policy; what the browser's console complains about, and any
page that can be pushed sideways at 320 px, is printed and makes the exit status 1.
"""

from __future__ import annotations

import contextlib
import mimetypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "shots" / "pages"
WIDTHS = (1440, 900, 320)
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'"
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def renderers() -> dict[str, Callable[[], str]]:
    """Return a function for every page that gives its HTML."""
    from django.template.loader import render_to_string

    from tests.browser import forms, samples, shopper_samples

    def staff_page(template: str, current: str, build: Callable[[], Any]) -> Callable[[], str]:
        return lambda: render_to_string(
            template, {"shell": samples.shell(current), "page": build(), "csrf_token": "sample"}
        )

    pages = {name: staff_page(*spec) for name, spec in samples.PAGES.items()}
    for name, (template, context) in {**forms.ENTRANCE, **shopper_samples.SHOPPER}.items():
        pages[name] = lambda template=template, context=context: render_to_string(template, context())
    for name, (template, build) in samples.FRAGMENTS.items():
        pages[name] = _framed(render_to_string, template, build, is_drawer="drawer" in name)
    return pages


def _framed(
    render: Callable[..., str], template: str, build: Callable[[], Any], *, is_drawer: bool
) -> Callable[[], str]:
    """A fragment inside the page that would have fetched it."""
    from tests.browser import samples

    def html() -> str:
        context = {"shell": samples.shell("payments"), "page": samples.payment_list()}
        whole = render("payments/records/list.html", context)
        fragment = render(template, {**context, "page": build()})
        if is_drawer:
            return whole.replace("</aside>\n", f"{fragment}</aside>\n")
        holder = 'role="listbox"' if template.endswith("palette.html") else '<dialog id="dialog"'
        start = whole.index(">", whole.index(holder)) + 1
        return whole[:start] + fragment + whole[start:]

    return html


class Handler(BaseHTTPRequestHandler):
    pages: dict[str, Callable[[], str]] = {}
    language = "en"

    def do_GET(self) -> None:
        path = self.path.split("?")[0].strip("/")
        body, kind = self.answer(path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        # The browser may leave for the next page before it has read everything.
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(body)

    def answer(self, path: str) -> tuple[bytes, str]:
        from django.utils import translation

        if path in self.pages:
            with translation.override(self.language):
                return self.pages[path]().encode(), "text/html; charset=utf-8"
        file = (ROOT / path).resolve()
        if file.is_relative_to(ROOT / "static") and file.is_file():
            return file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return b"", "text/plain"

    def log_message(self, *_: Any) -> None:
        return


def photograph(names: list[str], address: str, *, language: str) -> list[str]:
    """Take every shot; return what is wrong with them."""
    from playwright.sync_api import sync_playwright

    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=BROWSER_ARGS
        )
        for theme in ("light", "dark"):
            for width in WIDTHS:
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
                )
                page = context.new_page()
                page.on("console", lambda said, seen=problems: seen.append(said.text) if said.type == "error" else None)
                page.on("pageerror", lambda error, seen=problems: seen.append(str(error)))
                for name in names:
                    problems += shoot(page, f"{address}/{name}/", name, f"{width}-{theme}-{language}")
                context.close()
        browser.close()
    return [problem for problem in dict.fromkeys(problems) if "/ws/staff/" not in problem]


def shoot(page: Any, url: str, name: str, variant: str) -> list[str]:
    """Take one shot; return whether it can be pushed sideways."""
    page.goto(url, wait_until="load")
    page.evaluate("document.fonts.ready")
    if "dialog" in name:
        page.evaluate("document.getElementById('dialog').showModal()")
    if name == "palette":
        page.evaluate("document.getElementById('palette').showModal()")
    is_whole = not any(part in name for part in ("dialog", "drawer", "palette"))
    page.screenshot(path=SHOTS / f"{name}-{variant}.png", full_page=is_whole)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{name} {variant}: {wide} px too wide"] if wide > 0 else []


@contextlib.contextmanager
def serving(pages: dict[str, Callable[[], str]]) -> Iterator[str]:
    """Serve `pages` on 127.0.0.1 while the block runs; the address."""
    Handler.pages = pages
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
    import django

    django.setup()
    SHOTS.mkdir(parents=True, exist_ok=True)
    pages = renderers()
    arguments = sys.argv[1:]
    if arguments[:1] == ["--language"]:
        Handler.language, arguments = arguments[1], arguments[2:]
    names = arguments or list(pages)
    with serving(pages) as address:
        problems = photograph(names, address, language=Handler.language)
    print("\n".join(problems) or f"{len(names)} pages, 2 themes, {len(WIDTHS)} widths: nothing to complain about")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
