"""The ground of every page of the back office: signed in, with a second factor where the role needs one, for one merchant, with a right."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.response import SimpleTemplateResponse
from django.utils.translation import get_language
from django.views import View

from merchant.core.callers import NEEDS_RECENT_SIGN_IN, SIGNED_IN, Caller
from merchant.core.errors import AppError, NotFound
from merchant.core.idempotency import services as idempotency
from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.pages.frame import build_shell
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
    live_seq = 0

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the page, or lead to where the person has to go first."""
        if not request.user.is_authenticated:
            is_first = not get_user_model()._default_manager.exists()
            return go(request, "setup_pages:first" if is_first else settings.LOGIN_URL)
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

    def page(
        self, template: str, page: Any, *, current: str, live_topics: tuple[str, ...] = (), status: int = 200
    ) -> HttpResponse:
        """Return `template` filled with the shell and `page`. `current` is the entry of the rail."""
        shell = build_shell(self.request, self.caller, current=current, live_topics=live_topics, live_seq=self.live_seq)
        return render(self.request, template, {"shell": shell, "page": page}, status=status)

    def fragment(self, template: str, page: Any, *, status: int = 200) -> HttpResponse:
        """Return a part of a page that htmx asked for."""
        shell = build_shell(self.request, self.caller, current="")
        return render(self.request, template, {"shell": shell, "page": page}, status=status)

    @property
    def is_part(self) -> bool:
        """Whether htmx asks, so that only a part of the page is wanted."""
        return self.request.headers.get("HX-Request") == "true"

    def require_store(self, store_id: UUID | None) -> None:
        """:raises NotFound: if the caller does not see what belongs to `store_id` (None: to no store)."""
        if not self.caller.may_use_store(store_id):
            raise NotFound()

    def act_once(self, request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
        """
        Do `act` once per `idempotency_key` of the form, in one transaction, and lead to the address it returns; a repeat leads there too.

        :raises IdempotencyKeyMissing, IdempotencyKeyReused, RequestInFlight: as for REST.
        """
        fields = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
        answer = idempotency.answer_once(
            route=request.resolver_match.view_name if request.resolver_match else request.path,
            key=request.POST.get("idempotency_key", ""),
            request_print=idempotency.fingerprint("POST", request.path, fields),
            act=lambda: idempotency.json_answer(200, {"go": act()}),
        )
        return self.lead_to(json.loads(answer.body)["go"])

    def lead_to(self, url: str) -> HttpResponse:
        """Return what makes the browser open `url`, also out of a dialog."""
        if self.is_part:
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

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

    def _reader(self) -> Reader:
        return Reader.of(get_language() or self.caller.merchant.locale, is_masked=self.caller.is_masked)

    def _serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        handler = getattr(self, (request.method or "").lower(), None)
        right = self.right_for(request.method) if handler else SIGNED_IN
        if not self.caller.has_right(right):
            return render(request, "403.html", {"right": right}, status=403)
        is_fresh = request.method in _SAFE or request.is_signed_in_recently()  # type: ignore[attr-defined]
        if right in NEEDS_RECENT_SIGN_IN and not is_fresh:
            raise ReauthenticationRequired()
        if request.method == "GET" and not self.is_part:
            # Asked before the page reads its rows: what changes meanwhile comes over its socket.
            self.live_seq = screens.current_seq(self.caller.merchant_id, self._reader())
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
    back = _page_of_part(request) if is_part else request.get_full_path() if request.method in _SAFE else "/"
    target = f"{resolve_url(where)}?{urlencode({'next': back})}"
    if is_part:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _page_of_part(request: HttpRequest) -> str:
    """Return the page that asks for a part of itself, as far as it is one of ours."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    is_ours = page.netloc == request.get_host() and page.path.startswith("/")
    return urlunsplit(("", "", page.path, page.query, "")) if is_ours else "/"
