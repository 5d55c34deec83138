"""Lets views below this slice ask who the signed-in person is, without importing upward."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from merchant.accounts.adapter import signed_in_recently
from merchant.accounts.authentication import staff_caller


class CallerMiddleware:
    """Gives each request `find_caller()` and `is_signed_in_recently()`; nothing is looked up until they are called."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request with the two questions at hand."""
        request.find_caller = lambda: staff_caller(request)  # type: ignore[attr-defined]
        request.is_signed_in_recently = lambda: signed_in_recently(request)  # type: ignore[attr-defined]
        return self.get_response(request)
