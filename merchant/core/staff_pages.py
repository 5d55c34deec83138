"""The ground of every page of the back office: signed in, with a second factor where the role needs one, for one merchant, with a right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.response import SimpleTemplateResponse
from django.views import View

from merchant.core.callers import NEEDS_RECENT_SIGN_IN, SIGNED_IN, Caller
from merchant.core.errors import AppError, NotFound
from merchant.core.tenancy import acting_for

_SAFE = ("GET", "HEAD", "OPTIONS")


class StaffPageView(View):
    """
    A page for staff.

    Subclasses name `right` (one, or one per method; the access table lists the same) and write `get` or `post`. They run inside
    `acting_for(self.caller.merchant_id, …)`; a template they return is rendered there too. What the caller may not see is 404, what they may not do is 403.
    """

    right: ClassVar[str | Mapping[str, str]] = SIGNED_IN
    caller: Caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the page, or lead to where the person has to go first."""
        if not request.user.is_authenticated:
            return go(request, settings.LOGIN_URL)
        caller: Caller | None = request.find_caller()  # type: ignore[attr-defined]
        if caller is None:
            return go(request, "accounts_pages:merchant-switch")
        if caller.is_second_factor_missing:
            return go(request, "mfa_activate_totp")
        self.caller = caller
        with acting_for(caller.merchant_id, caller.actor):
            return self._serve(request, *args, **kwargs)

    @classmethod
    def right_for(cls, method: str | None) -> str:
        """Return the right that `method` needs."""
        if isinstance(cls.right, str):
            return cls.right
        return cls.right["GET" if method in ("HEAD", "OPTIONS") else method or "GET"]

    def refused(self, request: HttpRequest, error: AppError) -> HttpResponse:
        """Defaults to: a page that says what did not happen, what that means for the money and what to do next."""
        context = {
            "error": error,
            "code": error.code,
            "detail": error.message,
            "money": error.money,
            "next_step": error.next_step,
        }
        return render(request, "refused.html", context, status=error.status)

    def _serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        handler = getattr(self, (request.method or "").lower(), None)
        right = self.right_for(request.method) if handler else SIGNED_IN
        if not self.caller.has_right(right):
            return render(request, "403.html", {"right": right}, status=403)
        is_fresh = request.method in _SAFE or request.is_signed_in_recently()  # type: ignore[attr-defined]
        if right in NEEDS_RECENT_SIGN_IN and not is_fresh:
            raise ReauthenticationRequired()
        try:
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        except NotFound:
            raise Http404 from None
        except AppError as error:
            return self.refused(request, error)
        return response


def go(request: HttpRequest, where: str) -> HttpResponse:
    """Lead a person to `where` and back here; a part of a page that htmx asks for leads the whole page there."""
    is_part = request.headers.get("HX-Request") == "true"
    back = "/" if is_part or request.method not in _SAFE else request.get_full_path()
    target = f"{resolve_url(where)}?{urlencode({'next': back})}"
    if is_part:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)
