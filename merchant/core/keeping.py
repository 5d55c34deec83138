"""What browsers and proxies may keep: nothing, unless a reply says otherwise; and the icons."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

from django.http import HttpRequest, HttpResponse

ICONS = "vendor/lucide/icons.svg"
# A page asks for the icons with the digest of their file in the address, so that a new release is seen at once.
_ICONS_SECONDS = 86_400


def keep_icons(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """
    Let browsers keep the sprite of icons, called by whitenoise for every static file.

    A browser that must ask again for it does so whenever a part of a page is drawn anew, and shows none of the page's icons meanwhile.
    """
    if url.endswith(ICONS):
        headers["Cache-Control"] = f"max-age={_ICONS_SECONDS}, public"


class NotKeptMiddleware:
    """Middleware: `no-store` on every reply that does not name its own rule, as static files do. Pages show people and money."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request and mark the reply."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
