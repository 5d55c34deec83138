"""What a phone opens when it scans a sign, or the code of a cart that was begun elsewhere. Looking changes nothing; going on does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from merchant.core import limits
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.tenancy import acting_for
from merchant.merchants import queries as merchants
from orders.carry_over.models import CartHold
from orders.order import queries as orders
from payments.checkout import carts, queries, signs
from payments.checkout.models import PaymentLink
from payments.checkout.pages import LineView
from payments.checkout.views import SHOPPER

# 40 random bits: thirty looks a minute find nothing in a lifetime.
TRIES_MAX, TRIES_SECONDS = 30, 60


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Show what stands on a sign; going on places the order and leads to where it is paid."""
    found = signs.find_sign_by_token(token)
    if found is None:
        return _private(render(request, "payments/checkout/missing.html", status=404))
    with acting_for(found.merchant_id, SHOPPER):
        now = business_now(found.merchant_id)
        try:
            if request.method == "POST":
                return _go_on(lambda: signs.order_sign(sign=found, now=now))
            lines = signs.price_sign(found, now=now)
        except AppError as refusal:
            return _refused(request, found.merchant_id, refusal)
        total = sum(line.total_minor for line in lines)
        shown = [(line.name, line.quantity, line.total_minor) for line in lines]
        return _cart_page(request, found.merchant_id, found.label, shown, Money(total, found.channel.currency))


@require_http_methods(["GET", "POST"])
def cart(request: HttpRequest, code: str) -> HttpResponse:
    """Show a cart that was begun at a till or in a shop; going on takes it over and leads to where it is paid."""
    limits.consume(what="cart-code", key=request.META.get("REMOTE_ADDR", ""), most=TRIES_MAX, seconds=TRIES_SECONDS)
    hold = CartHold.across_merchants.filter(code=code.upper()).first()
    now = business_now(hold.merchant_id) if hold else None
    if hold is None or now is None or hold.code_until is None or hold.code_until <= now:
        return _private(render(request, "payments/checkout/missing.html", status=404))
    with acting_for(hold.merchant_id, SHOPPER):
        try:
            if request.method == "POST":
                return _go_on(lambda: carts.go_on_by_phone(code=code, now=now))
        except AppError as refusal:
            return _refused(request, hold.merchant_id, refusal)
        order = orders.get_order(hold.order_id)
        shown = [(line.name, line.quantity, line.total_minor) for line in queries.list_lines(order)]
        return _cart_page(request, hold.merchant_id, order.number, shown, Money(order.total_minor, order.currency))


def _go_on(make: Callable[[], PaymentLink]) -> HttpResponse:
    return _private(redirect("checkout:pay", token=make().token))


def _cart_page(
    request: HttpRequest, merchant_id: Any, label: str, lines: list[tuple[str, int, int]], total: Money
) -> HttpResponse:
    locale = get_language() or "en"
    context = {
        "merchant": merchants.get_merchant(merchant_id).name,
        "label": label,
        "lines": [
            LineView(name, quantity, money_text(Money(minor, total.currency), locale=locale))
            for name, quantity, minor in lines
        ],
        "total": money_text(total, locale=locale),
    }
    return _private(render(request, "payments/checkout/cart.html", context))


def _refused(request: HttpRequest, merchant_id: Any, refusal: AppError) -> HttpResponse:
    context = {"merchant": merchants.get_merchant(merchant_id).name, "refusal": refusal}
    return _private(render(request, "payments/checkout/cart.html", context, status=refusal.status))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
