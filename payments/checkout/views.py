"""
The shopper's pages, without sign-in: pay, wait, done.

They work without scripts. Nothing here is decided twice: whatever is pressed, reloaded or opened in a second tab, the order's own lock and the one open
payment it may have decide, and every page leads to where the order stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from merchant.core import limits
from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError
from merchant.core.pages.display import moment_text
from merchant.core.pages.shell import current_locale
from merchant.core.tenancy import Actor, acting_for
from orders.feedback import services as feedback
from orders.feedback.queries import RATINGS
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing.services import OrderHasMoney
from payments.checkout import deliveries, order_story, queries, services, ways
from payments.checkout.forms import ShopperForm
from payments.checkout.link_pages import drawn_qr
from payments.checkout.models import PaymentLink
from payments.checkout.order_story import Known, mark_of_story
from payments.checkout.pages import countries_of, order_view, way_views
from payments.checkout.queries import Progress
from payments.checkout.shopper_pages import (
    private,
    shopper_page,
    switched_language,
    with_frame_of,
    within_own_frame,
)
from payments.gateways import registry
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentInProgress, PaymentOutcomeUnknown
from payments.records.models import Operation

SHOPPER = Actor(kind="shopper", id=None, name="Shopper")
# How often a page without scripts asks again: while the card page is being opened, while the bank is asked, while nobody knows.
_SECONDS = {"checking": 1, "action_required": 3, "unknown": 5}

# Of one address; a shop whose mails cut its links short is still answered.
WRONG_TOKENS_A_MINUTE = 60

_MISSING = "payments/checkout/missing.html"

LinkView = Callable[[HttpRequest, PaymentLink], HttpResponse]


def with_link(view: LinkView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the link by its token and work for its merchant; what the page says is nobody else's and never stored."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        link = queries.find_link_by_token(token)
        if link is None:
            response = _missing(request)
        elif (response := switched_language(request)) is None:  # type: ignore[assignment]
            with acting_for(link.merchant_id, SHOPPER):
                response = view(request, link)
        return private(response)

    return found


@require_GET
@with_link
def pay(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Show what is to be paid, or lead to where the order stands."""
    PaymentLink.objects.filter(id=link.id).update(views=F("views") + 1)
    order, progress = _standing(link)
    if progress.stage != "open" and progress.stage not in ("expired", "revoked"):
        return redirect(_next_path(link, progress))
    if progress.stage == "expired" and order.delivery.get("payment") == "in_store":
        return redirect("checkout:order", token=link.token)
    return _pay_page(request, link, order, progress, form=_form(order))


@require_POST
@with_link
def start(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Do what the chosen way asks and lead to the page that shows it. A second press finds the first under way and leads there too."""
    order, progress = _standing(link)
    form = _form(order, data=request.POST) if progress.stage == "open" else None
    if form is not None and not form.is_valid():
        return _pay_page(request, link, order, progress, form=form, status=422)
    now = business_now(link.merchant_id)
    try:
        if form is not None and form.has_changed():
            method = order.delivery.get("method", "")
            services.change_delivery(link=link, shopper=form.shopper(), delivery_method=method, now=now)
        return _go(request, link, order, now=now)
    except (PaymentInProgress, PaymentOutcomeUnknown, OrderHasMoney, services.AlreadyPaid, services.LinkClosed):
        return redirect("checkout:return", token=link.token)
    except AppError as refusal:
        return _pay_page(request, link, order, progress, form=form, refusal=refusal, status=refusal.status)


def _go(request: HttpRequest, link: PaymentLink, order: Order, *, now: datetime) -> HttpResponse:
    """Go the way that was chosen; one that is not offered is the card. Reserving a second time reserves nothing more."""
    services.note_language(order_id=order.id, language=get_language() or "")
    way, offered = request.POST.get("way", ""), ways.list_ways(link, order, now=now)
    if way == "bank" and "bank" in offered:
        return redirect("checkout:transfer", token=link.token)
    if way == "store" and ("store" in offered or ways.is_paid_in_store(order)):
        ways.pay_in_store(link=link, now=now)
        return redirect("checkout:order", token=link.token)
    back = request.build_absolute_uri(reverse("checkout:return", args=[link.token]))
    services.pay(link=link, instrument={"session": True}, return_url=back, now=now)
    return redirect("checkout:return", token=link.token)


@require_GET
@with_link
def transfer(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Show what a bank app needs to pay what is left. Nothing is decided here: the money itself says when it came."""
    order, progress = _standing(link)
    details = ways.transfer_of(order) if progress.stage == "open" else None
    if details is None:
        return redirect(_next_path(link, progress))
    context = {
        "order": order_view(link, order, progress),
        "transfer": details,
        "qr": drawn_qr(details.code, error="m"),
        "pay_path": reverse("checkout:pay", args=[link.token]),
        "order_path": reverse("checkout:order", args=[link.token]),
    }
    return shopper_page(request, "transfer.html", context)


@require_GET
@with_link
def come_back(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """
    The waiting page: opens the card page once it is there, asks at once when the shopper comes back from it, shows what is known.

    The card page is opened by the page itself, not by a redirect after the form: browsers count such a redirect as the form's own target.
    Where the gateway allows, it stands in a frame of this page; what comes back into the frame leads the whole page on.
    """
    order, progress = _standing(link)
    is_back, operation = "session" in request.GET, progress.operation
    if is_back and operation is not None and progress.stage in _SECONDS:
        look_up_now(operation_id=operation.id)
    if request.headers.get("Sec-Fetch-Dest") == "iframe":
        leads_out = {"next_path": request.get_full_path()}
        return within_own_frame(shopper_page(request, "framed.html", leads_out))
    if progress.stage not in _SECONDS:
        return redirect(_next_path(link, progress))
    action_url = operation.action_url if operation and progress.stage == "action_required" else ""
    is_framed = bool(action_url) and not is_back and _may_be_framed(operation)
    context = {
        "order": order_view(link, order, progress),
        "progress": progress,
        "is_back": is_back,
        "is_framed": is_framed,
        "refresh_seconds": _SECONDS[progress.stage],
        "action_url": action_url,
        "state_path": reverse("checkout:state", args=[link.token]),
        "asked_until": _asked_until(operation) if progress.stage == "unknown" else "",
    }
    response = shopper_page(request, "wait.html", context)
    return with_frame_of(response, action_url) if is_framed else response


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
    return _order_page(request, link)


@require_GET
@with_link
def order_state(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Say whether the order's page would look different by now, for its script."""
    order, progress = _standing(link)
    return JsonResponse({"mark": _mark(order_story.read_known(order, progress))})


@require_POST
@with_link
def give_feedback(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Store what the customer thinks of the order, once; a second try is told so on the order's page."""
    rating, order = request.POST.get("rating", ""), orders.get_order(link.order_id)
    try:
        feedback.give_feedback(
            order_id=order.id,
            rating=int(rating) if rating in RATINGS else 0,
            text=request.POST.get("text", "").replace("\r\n", "\n"),
            language=get_language() or "en",
            now=business_now(link.merchant_id),
        )
    except AppError as refusal:
        return _order_page(request, link, refusal=refusal)
    return redirect(f"{reverse('checkout:order', args=[link.token])}#feedback")


def _order_page(request: HttpRequest, link: PaymentLink, *, refusal: AppError | None = None) -> HttpResponse:
    order, progress = _standing(link)
    known = order_story.read_known(order, progress)
    story = order_story.tell(known)
    order_path = reverse("checkout:order", args=[link.token])
    context = {
        "order": order_view(link, order, progress),
        "progress": progress,
        "story": story,
        "receipt_path": known.receipt_path,
        "refusal": refusal,
        "text": request.POST.get("text", "") if refusal else "",
        "mark": "" if story.is_over else _mark(known),
        "state_path": reverse("checkout:order-state", args=[link.token]),
        "pay_path": reverse("checkout:pay", args=[link.token]) if _may_still_pay(known) else "",
        "feedback_path": reverse("checkout:feedback", args=[link.token]),
        "ratings": RATINGS,
    }
    status = refusal.status if refusal else 200
    return shopper_page(request, "order.html", context, status=status, path=order_path)


def _mark(known: Known) -> str:
    return hashlib.sha256(mark_of_story(known).encode()).hexdigest()[:16]


def _may_still_pay(known: Known) -> bool:
    return known.progress.stage not in ("paid", "expired", "revoked")


def _missing(request: HttpRequest) -> HttpResponse:
    """A token holds 256 random bits; who tries many is slowed down all the same. Without the cache nobody is: shoppers come first."""
    try:
        limits.consume(
            what="link-tokens", key=request.META.get("REMOTE_ADDR", ""), most=WRONG_TOKENS_A_MINUTE, seconds=60
        )
    except limits.TooManyTries as refusal:
        response = render(request, _MISSING, status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    except limits.LimitUnavailable:
        pass
    return render(request, _MISSING, status=404)


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
    return ShopperForm(
        data,
        countries=countries_of(order),
        asks_email=asks_email,
        asks_address=asks_address,
        needs_email=deliveries.needs_email(order),
    )


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
    view = order_view(link, order, progress)
    offered = ways.list_ways(link, order, now=business_now(link.merchant_id)) if progress.stage == "open" else ("card",)
    context = {
        "order": view,
        "progress": progress,
        "form": form,
        "refusal": refusal,
        "ways": way_views(offered, due=view.due, chosen=request.POST.get("way", "")),
        "start_path": reverse("checkout:start", args=[link.token]),
        "order_path": reverse("checkout:order", args=[link.token]),
        "cancel_url": link.cancel_url,
    }
    path = reverse("checkout:pay", args=[link.token])
    if progress.stage in ("expired", "revoked"):
        return shopper_page(request, "ended.html", context, status=410, path=path)
    return shopper_page(request, "pay.html", context, status=status, path=path)


def _may_be_framed(operation: Operation | None) -> bool:
    account = operation.gateway_account if operation else None
    return account is not None and "framed_page" in registry.gateway(account.gateway).abilities


def _asked_until(operation: Operation | None) -> str:
    """When the gateway is asked next, on the shop's clock; "" where that is now."""
    if operation is None or operation.next_look_at is None or operation.next_look_at <= machine_now():
        return ""
    zone = orders.get_order(operation.order_id).channel.zone
    return moment_text(operation.next_look_at, shape="second", zone=zone, locale=current_locale())
