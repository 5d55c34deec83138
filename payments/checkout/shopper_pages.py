"""What every page of a shopper has: the merchant's look, the switch of the language, and headers that keep it private."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from merchant.branding.pages import brand_view


def shopper_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, path: str = ""
) -> HttpResponse:
    """Return a page of the merchant in scope. `path` is where the page can be asked for again, where that is not the address of the request."""
    return render(
        request,
        f"payments/checkout/{template}",
        {"brand": brand_view(), "page_path": path or request.path, **context},
        status=status,
    )


def private(response: HttpResponse) -> HttpResponse:
    """Say that a page is nobody else's and stored nowhere."""
    response["Cache-Control"] = "private, no-store"
    # Not "no-referrer": with it browsers send our own form's origin as null, and the form would be refused.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def switched_language(request: HttpRequest) -> HttpResponse | None:
    """Return what remembers the language that `?language=` asks for and leads back to the page, or None if none is asked for."""
    wanted = request.GET.get("language", "")
    if request.method != "GET" or wanted not in dict(settings.LANGUAGES):
        return None
    rest = request.GET.copy()
    del rest["language"]
    response = redirect(f"{request.path}?{rest.urlencode()}" if rest else request.path)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def with_frame_of(response: HttpResponse, address: str) -> HttpResponse:
    """Let the page hold a frame of the host of `address`, which comes back to our own, and of no other."""
    parts = urlsplit(address)
    response._csp_update = {"frame-src": [SELF, f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return response


def within_own_frame(response: HttpResponse) -> HttpResponse:
    """Let a page stand in a frame of our own pages: it has nothing that could be pressed by mistake."""
    response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
