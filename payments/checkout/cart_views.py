"""What a phone opens when it scans a sign, or the code of a cart that was begun elsewhere. Looking changes nothing; going on does."""

from __future__ import annotations

from collections.abc import Callable

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
from merchant.merchants.queries import list_put_away
from orders.carry_over.models import CartHold
from orders.order import queries as orders
from payments.checkout import carts, queries, signs
from payments.checkout.models import PaymentLink
from payments.checkout.pages import LineView
from payments.checkout.shopper_pages import private, shopper_page, switched_language
from payments.checkout.views import SHOPPER

# 40 random bits: thirty looks a minute find nothing in a lifetime.
TRIES_MAX, TRIES_SECONDS = 30, 60


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Show what stands on a sign; going on places the order and leads to where it is paid."""
    found = signs.find_sign_by_token(token)
    if found is None:
        return private(render(request, "payments/checkout/missing.html", status=404))
    if (switched := switched_language(request)) is not None:
        return private(switched)
    with acting_for(found.merchant_id, SHOPPER):
        now = business_now(found.merchant_id)
        try:
            if request.method == "POST":
                return _go_on(lambda: signs.order_sign(sign=found, now=now))
            lines = signs.price_sign(found, now=now)
        except AppError as refusal:
            return _refused(request, refusal)
        total = sum(line.total_minor for line in lines)
        shown = [(line.name, line.quantity, line.total_minor) for line in lines]
        return _cart_page(request, found.label, shown, Money(total, found.channel.currency))


@require_http_methods(["GET", "POST"])
def cart(request: HttpRequest, code: str) -> HttpResponse:
    """Show a cart that was begun at a till or in a shop; going on takes it over and leads to where it is paid."""
    limits.consume(what="cart-code", key=request.META.get("REMOTE_ADDR", ""), most=TRIES_MAX, seconds=TRIES_SECONDS)
    hold = CartHold.across_merchants.filter(code=code.upper()).exclude(merchant_id__in=list_put_away()).first()
    now = business_now(hold.merchant_id) if hold else None
    if hold is None or now is None or hold.code_until is None or hold.code_until <= now:
        return private(render(request, "payments/checkout/missing.html", status=404))
    if (switched := switched_language(request)) is not None:
        return private(switched)
    with acting_for(hold.merchant_id, SHOPPER):
        try:
            if request.method == "POST":
                return _go_on(lambda: carts.go_on_by_phone(code=code, now=now))
        except AppError as refusal:
            return _refused(request, refusal)
        order = orders.get_order(hold.order_id)
        shown = [(line.name, line.quantity, line.total_minor) for line in queries.list_lines(order)]
        return _cart_page(request, order.number, shown, Money(order.total_minor, order.currency))


def _go_on(make: Callable[[], PaymentLink]) -> HttpResponse:
    return private(redirect("checkout:pay", token=make().token))


def _cart_page(request: HttpRequest, label: str, lines: list[tuple[str, int, int]], total: Money) -> HttpResponse:
    locale = get_language() or "en"
    context = {
        "label": label,
        "lines": [
            LineView(name, quantity, money_text(Money(minor, total.currency), locale=locale))
            for name, quantity, minor in lines
        ],
        "total": money_text(total, locale=locale),
    }
    return private(shopper_page(request, "cart.html", context))


def _refused(request: HttpRequest, refusal: AppError) -> HttpResponse:
    return private(shopper_page(request, "cart.html", {"refusal": refusal}, status=refusal.status))
