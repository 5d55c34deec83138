"""
The shopper's pages, without sign-in: pay, wait, done.

They work without scripts. Nothing here is decided twice: whatever is pressed, reloaded or opened in a second tab, the order's own lock and the one open
payment it may have decide, and every page leads to where the order stands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from merchant.core import limits
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.tenancy import Actor, acting_for
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing.services import OrderHasMoney
from payments.checkout import deliveries, queries, services
from payments.checkout.forms import ShopperForm
from payments.checkout.models import PaymentLink
from payments.checkout.pages import countries_of, order_view
from payments.checkout.queries import Progress
from payments.processing.services import PaymentInProgress, PaymentOutcomeUnknown, look_up_now

SHOPPER = Actor(kind="shopper", id=None, name="Shopper")
# How often a page without scripts asks again: while the card page is being opened, while the bank is asked, while nobody knows.
_SECONDS = {"checking": 1, "action_required": 3, "unknown": 5}

# Of one address; a shop whose mails cut its links short is still answered.
WRONG_TOKENS_A_MINUTE = 60

LinkView = Callable[[HttpRequest, PaymentLink], HttpResponse]


def with_link(view: LinkView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the link by its token and work for its merchant; what the page says is nobody else's and never stored."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        link = queries.find_link_by_token(token)
        if link is None:
            response = _missing(request)
        else:
            with acting_for(link.merchant_id, SHOPPER):
                response = view(request, link)
        response["Cache-Control"] = "private, no-store"
        # Not "no-referrer": with it browsers send our own form's origin as null, and the form would be refused.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return found


@require_GET
@with_link
def pay(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Show what is to be paid, or lead to where the order stands."""
    PaymentLink.objects.filter(id=link.id).update(views=F("views") + 1)
    order, progress = _standing(link)
    if progress.stage != "open" and progress.stage not in ("expired", "revoked"):
        return redirect(_next_path(link, progress))
    return _pay_page(request, link, order, progress, form=_form(order))


@require_POST
@with_link
def start(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Ask for the payment and lead to the waiting page. A second press finds the first under way and leads there too."""
    order, progress = _standing(link)
    form = _form(order, data=request.POST) if progress.stage == "open" else None
    if form is not None and not form.is_valid():
        return _pay_page(request, link, order, progress, form=form, status=422)
    now = business_now(link.merchant_id)
    try:
        if form is not None:
            method = order.delivery.get("method", "")
            services.change_delivery(link=link, shopper=form.shopper(), delivery_method=method, now=now)
        back = request.build_absolute_uri(reverse("checkout:return", args=[link.token]))
        services.pay(link=link, instrument={"session": True}, return_url=back, now=now)
    except (PaymentInProgress, PaymentOutcomeUnknown, OrderHasMoney, services.AlreadyPaid, services.LinkClosed):
        return redirect("checkout:return", token=link.token)
    except AppError as refusal:
        return _pay_page(request, link, order, progress, form=form, refusal=refusal, status=refusal.status)
    return redirect("checkout:return", token=link.token)


@require_GET
@with_link
def come_back(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """
    The waiting page: opens the card page once it is there, asks at once when the shopper comes back from it, shows what is known.

    The card page is opened by the page itself, not by a redirect after the form: browsers count such a redirect as the form's own target.
    """
    order, progress = _standing(link)
    if progress.stage not in _SECONDS:
        return redirect(_next_path(link, progress))
    is_back = "session" in request.GET
    if is_back and progress.operation is not None:
        look_up_now(operation_id=progress.operation.id)
    context = {
        "order": order_view(link, order, progress),
        "progress": progress,
        "is_back": is_back,
        "refresh_seconds": _SECONDS[progress.stage],
        "action_url": progress.operation.action_url
        if progress.operation and progress.stage == "action_required"
        else "",
        "state_path": reverse("checkout:state", args=[link.token]),
    }
    return render(request, "payments/checkout/wait.html", context)


@require_GET
@with_link
def state(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Say where the order stands and which page shows it, for the waiting page's script."""
    _, progress = _standing(link)
    return JsonResponse({"stage": progress.stage, "path": _next_path(link, progress)})


@require_GET
@with_link
def order_status(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Show what was bought, whether it is paid, where it is, and the way to its receipt."""
    order, progress = _standing(link)
    context = {
        "order": order_view(link, order, progress),
        "progress": progress,
        "pay_path": reverse("checkout:pay", args=[link.token]),
    }
    return render(request, "payments/checkout/order.html", context)


def _missing(request: HttpRequest) -> HttpResponse:
    """A token holds 256 random bits; who tries many is slowed down all the same. Without the cache nobody is: shoppers come first."""
    try:
        limits.consume(
            what="link-tokens", key=request.META.get("REMOTE_ADDR", ""), most=WRONG_TOKENS_A_MINUTE, seconds=60
        )
    except limits.TooManyTries as refusal:
        response = render(request, "payments/checkout/missing.html", status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    except limits.LimitUnavailable:
        pass
    return render(request, "payments/checkout/missing.html", status=404)


def _standing(link: PaymentLink) -> tuple[Order, Progress]:
    order = orders.get_order(link.order_id)
    return order, queries.progress(link, order, now=business_now(link.merchant_id))


def _next_path(link: PaymentLink, progress: Progress) -> str:
    if progress.stage == "paid":
        return reverse("checkout:order", args=[link.token])
    return reverse("checkout:return" if progress.stage in _SECONDS else "checkout:pay", args=[link.token])


def _form(order: Order, data: Any = None) -> ShopperForm | None:
    """Return the questions that are still open, or None if there are none."""
    asks_email, asks_address = not order.email, deliveries.needs_address(order)
    if not (asks_email or asks_address):
        return None
    return ShopperForm(data, countries=countries_of(order), asks_email=asks_email, asks_address=asks_address)


def _pay_page(
    request: HttpRequest,
    link: PaymentLink,
    order: Order,
    progress: Progress,
    *,
    form: ShopperForm | None,
    refusal: AppError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "order": order_view(link, order, progress),
        "progress": progress,
        "form": form,
        "refusal": refusal,
        "start_path": reverse("checkout:start", args=[link.token]),
        "cancel_url": link.cancel_url,
    }
    if progress.stage in ("expired", "revoked"):
        return render(request, "payments/checkout/ended.html", context, status=410)
    return render(request, "payments/checkout/pay.html", context, status=status)
