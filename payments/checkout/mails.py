"""What is written to the shopper, in the shopper's language: an order was paid, money went back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from merchant.messages import services as messages
from merchant.messages.services import Mail
from orders.documents import paper as papers
from orders.documents.models import Document
from orders.fulfilment.models import Pickup
from orders.order import queries as orders
from orders.order.models import Order
from payments.checkout import queries
from payments.checkout.models import PaymentLink


def confirm_order(*, order: Order, receipt: Document, now: datetime) -> bool:
    """Queue the confirmation of a paid order, once. False without an address, or when it was queued before."""
    paper = papers.prepare(receipt)
    return _queue(
        "confirmation",
        order,
        now,
        dedup=f"order_confirmation:{order.id}",
        facts={
            "receipt_url": _absolute(f"/r/{receipt.access_token}/"),
            "receipt": f"{paper.title} {paper.number}",
            "seller": (*paper.seller[1:], *paper.numbers),
        },
    )


def confirm_refund(*, order: Order, refund: Money, reference: str, now: datetime) -> bool:
    """Queue the news that `refund` is on its way back, once per refund."""
    locale = _locale(order)
    return _queue(
        "refund", order, now, dedup=f"refund:{reference}", facts={"refund": money_text(refund, locale=locale)}
    )


def tell_ready(*, pickup: Pickup, now: datetime) -> bool:
    """Queue the news that goods wait in the store, with the code to collect them, once per pick-up."""
    order = pickup.order
    if pickup.collect_until is None:
        return False
    until = moment_text(pickup.collect_until, shape="short", zone=pickup.store.zone, locale=_locale(order), now=now)
    facts = {"code": pickup.code, "store": pickup.store.name, "until": until, "is_paid": orders.open_minor(order) == 0}
    return _queue("ready", order, now, dedup=f"ready:{pickup.id}", facts=facts)


def _queue(name: str, order: Order, now: datetime, *, dedup: str, facts: dict[str, Any]) -> bool:
    if not order.email:
        return False
    locale = _locale(order)
    merchant = merchants.get_merchant(current_merchant_id()).name
    with translation.override(locale):
        context = {"merchant": merchant, "language": locale, **_facts(order, locale), **facts}
        # The sentences stand here so that every language has them in one place.
        subject = {
            "confirmation": gettext("Your order %(number)s at %(merchant)s"),
            "ready": gettext("Your order %(number)s at %(merchant)s is ready"),
            "refund": gettext("Money back for your order %(number)s at %(merchant)s"),
        }[name] % {"number": order.number, "merchant": merchant}
        mail = Mail(
            kind=f"order_{name}",
            dedup_key=dedup,
            recipient=order.email,
            subject=subject,
            body_text=render_to_string(f"payments/checkout/mail/{name}.txt", context),
            body_html=render_to_string(f"payments/checkout/mail/{name}.html", context),
            about=f"order:{order.id}",
        )
    return messages.queue_mail(mail, now=now)


def _facts(order: Order, locale: str) -> dict[str, Any]:
    link = PaymentLink.objects.filter(order=order).order_by("id").first()
    return {
        "number": order.number,
        "lines": [
            {
                "name": line.name,
                "quantity": line.quantity,
                "total": money_text(Money(line.total_minor, order.currency), locale=locale),
            }
            for line in queries.list_lines(order)
        ],
        "total": money_text(Money(order.total_minor, order.currency), locale=locale),
        "tax": money_text(Money(order.tax_minor, order.currency), locale=locale),
        "delivery": order.delivery,
        "status_url": _absolute(reverse("checkout:order", args=[link.token])) if link else "",
    }


def _locale(order: Order) -> str:
    wanted = order.delivery.get("language") or (
        order.customer.locale if order.customer else merchants.get_merchant(current_merchant_id()).locale
    )
    known = [code for code, _ in settings.LANGUAGES]
    language = wanted.partition("-")[0].partition("_")[0]
    return language if language in known else "en"


def _absolute(path: str) -> str:
    return str(settings.PUBLIC_URL).rstrip("/") + path
