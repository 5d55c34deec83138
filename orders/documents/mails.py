"""A paper by mail, to the address its customer names: once to each address, however often it is asked for."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from merchant.messages import services as messages
from merchant.messages.models import Message
from merchant.messages.services import Mail
from orders.documents import paper
from orders.documents.models import Document

_KIND = "receipt"
# A family and an office: more addresses than that want one receipt only of a tablet that is misused.
ADDRESSES_MAX = 5
_DIGEST = 32


class NoMailAddress(AppError):
    """What was typed is no e-mail address."""

    code = "no_mail_address"
    status = 422
    detail = "“{email}” is no e-mail address."
    money = "Nothing was sent."
    next_step = "Ask the customer to spell it, or show the receipt on this screen instead."


class TooManyAddresses(AppError):
    """The paper went to as many addresses as one paper may."""

    code = "too_many_addresses"
    detail = "This receipt went to {most} addresses already."
    money = "Nothing was sent."
    next_step = "Print it, or let the customer scan it off the screen."


@transaction.atomic
def send(*, document: Document, email: str, now: datetime) -> tuple[Message, bool]:
    """
    Queue a paper's mail to `email` and return it with whether it is new. The relay sends it.

    A repeat to the same address sends nothing, unless the mail could not be delivered: then it is tried again. Mails of one paper
    wait for each other until the caller's transaction ends.

    :raises NoMailAddress: for what is no address. :raises TooManyAddresses: beyond `ADDRESSES_MAX`.
    """
    email = email.strip()
    _require_address(email)
    # Documents are append-only and cannot be locked.
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"document_mails:{document.id}"])
    key = f"{_prefix(document)}{hashlib.sha256(email.lower().encode()).hexdigest()[:_DIGEST]}"
    sent = list_sent(document)
    before = sent.filter(dedup_key=key).first()
    if before is not None:
        again = before.status == "failed"
        return (messages.resend_mail(message=before, now=now) if again else before), again
    if sent.count() >= ADDRESSES_MAX:
        raise TooManyAddresses(most=ADDRESSES_MAX)
    is_new = messages.queue_mail(_mail(document, email, key), now=now)
    if is_new:
        audit.record("document.mailed", subject=f"document:{document.id}", now=now)
    return sent.get(dedup_key=key), is_new


def list_sent(document: Document) -> QuerySet[Message]:
    """Return the mails of a paper, the newest first."""
    rows: QuerySet[Message] = Message.objects.filter(about=_about(document), dedup_key__startswith=_prefix(document))
    return rows.order_by("-id")


def _prefix(document: Document) -> str:
    return f"{_KIND}:{document.id}:"


def _about(document: Document) -> str:
    return f"order:{document.order_id}" if document.order_id else f"document:{document.id}"


def _require_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise NoMailAddress(email=email[:80]) from None


def _mail(document: Document, email: str, key: str) -> Mail:
    ready = paper.prepare(document)
    merchant = merchants.get_merchant(current_merchant_id()).name
    with translation.override(ready.language):
        context = {
            "merchant": merchant,
            "language": ready.language,
            "title": f"{ready.title} {ready.number}",
            "total": money_text(Money(document.total_minor, document.currency), locale=ready.language),
            "link": paper.link_of(document),
            "seller": (*ready.seller[1:], *ready.numbers),
            "facts": ready.facts,
            "taxes": [f"{ready.tax_headings[0]} {rate}: {tax}" for rate, _net, tax, _gross in ready.taxes],
        }
        return Mail(
            kind=_KIND,
            dedup_key=key,
            recipient=email,
            subject=gettext("Your receipt from %(merchant)s") % context,
            body_text=render_to_string("orders/documents/mail/receipt.txt", context),
            body_html=render_to_string("orders/documents/mail/receipt.html", context),
            about=_about(document),
        )
