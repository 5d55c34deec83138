"""Pages of accounts: choosing the merchant one works for. `StaffPageView`, the ground of all staff pages, is `merchant.core.staff_pages`."""

from __future__ import annotations

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from merchant.accounts.authentication import SESSION_MERCHANT, list_merchants
from merchant.core.staff_pages import StaffPageView, go
from merchant.merchants.models import Merchant

__all__ = ["MerchantSwitchView", "StaffPageView", "go"]


class MerchantSwitchView(LoginRequiredMixin, View):
    """Which merchant to work for now. Somebody who works for none is told so."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the person's merchants; where there is one, go on at once."""
        ids = list_merchants(request.user)  # type: ignore[arg-type]
        if len(ids) == 1:
            request.session[SESSION_MERCHANT] = str(ids[0])
            return HttpResponseRedirect(_next(request))
        merchants = Merchant.objects.filter(pk__in=ids).order_by("name")
        context = {"merchants": merchants, "next": _next(request), "current": request.session.get(SESSION_MERCHANT)}
        return render(request, "merchant/accounts/merchant_switch.html", context, status=200 if ids else 403)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Work for the chosen merchant from here on."""
        chosen = request.POST.get("merchant", "")
        if chosen not in {str(merchant_id) for merchant_id in list_merchants(request.user)}:  # type: ignore[arg-type]
            raise Http404
        request.session[SESSION_MERCHANT] = chosen
        return HttpResponseRedirect(_next(request))


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
