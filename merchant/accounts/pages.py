"""Pages of accounts: choosing the merchant one works for. `StaffPageView`, the ground of all staff pages, is `merchant.core.staff_pages`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.views import LoginView
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from merchant.accounts.authentication import SESSION_MERCHANT, list_merchants
from merchant.accounts.models import User
from merchant.accounts.queries import find_put_away
from merchant.core.staff_pages import StaffPageView, go
from merchant.merchants.models import Merchant

__all__ = ["FirstOrLoginView", "MerchantSwitchView", "StaffPageView", "go", "work_for"]


class FirstOrLoginView(LoginView):  # type: ignore[misc]
    """The sign-in. Where nobody is known yet it leads to the first page, for there is nothing to sign in with."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the sign-in, or lead to the first page."""
        if not User.objects.exists():
            return redirect("setup_pages:first")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class MerchantSwitchView(LoginRequiredMixin, View):
    """Which merchant to work for now. Somebody who works for none is told so."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the person's merchants; where there is one, go on at once."""
        ids = list_merchants(request.user)  # type: ignore[arg-type]
        if len(ids) == 1:
            work_for(request, ids[0])
            return HttpResponseRedirect(_next(request))
        merchants = Merchant.objects.filter(pk__in=ids).order_by("name")
        context = {
            "merchants": merchants,
            "next": _next(request),
            "current": request.session.get(SESSION_MERCHANT),
            "put_away": find_put_away(request.user.pk) if request.user.pk else None,
        }
        return render(request, "merchant/accounts/merchant_switch.html", context, status=200 if ids else 403)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Work for the chosen merchant from here on."""
        chosen = request.POST.get("merchant", "")
        if chosen not in {str(merchant_id) for merchant_id in list_merchants(request.user)}:  # type: ignore[arg-type]
            raise Http404
        work_for(request, UUID(chosen))
        return HttpResponseRedirect(_next(request))


def work_for(request: HttpRequest, merchant_id: UUID) -> None:
    """
    Work for a merchant from here on.

    Forms that other windows drew for the one before are refused from now on: their CSRF token ends, so none of them is ever sent to the wrong business.
    """
    if request.session.get(SESSION_MERCHANT) == str(merchant_id):
        return
    request.session[SESSION_MERCHANT] = str(merchant_id)
    rotate_token(request)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
