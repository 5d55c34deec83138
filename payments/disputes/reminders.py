"""Deadlines: who is reminded, when, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from merchant.accounts.access import ROLES
from merchant.accounts.models import StaffMember
from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.pages.shell import locale_of
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from merchant.messages import services as messages
from merchant.messages.services import Mail
from payments.disputes import queries
from payments.disputes.models import Dispute

# A week to gather proof, three days to write, one to press the button.
REMIND_DAYS = (7, 3, 1)


def send_due(*, now: datetime) -> int:
    """
    Queue a mail for every dispute of the merchant in scope that has come within 7, 3 or 1 days of its deadline, and return how many mails are new.

    Each step is told once per round and person; after a standstill only the latest is told.
    """
    told = 0
    for dispute in queries.list_due(until=now + timedelta(days=max(REMIND_DAYS))):
        if dispute.due_at is None or dispute.due_at <= now:
            continue
        step = min(days for days in REMIND_DAYS if dispute.due_at - now <= timedelta(days=days))
        told += sum(_remind(dispute, member, step=step, now=now) for member in _who_answers(dispute))
    return told


def _who_answers(dispute: Dispute) -> Iterable[StaffMember]:
    """Return active people whose role may answer and who see the dispute's store."""
    roles = [role for role, rights in ROLES.items() if "dispute.answer" in rights]
    members = (
        StaffMember.objects.select_related("user").prefetch_related("stores").filter(role__in=roles, is_active=True)
    )
    for member in members.order_by("id"):
        if member.all_stores or dispute.store_id in {store.id for store in member.stores.all()}:
            yield member


def _remind(dispute: Dispute, member: StaffMember, *, step: int, now: datetime) -> bool:
    merchant = merchants.get_merchant(current_merchant_id())
    language = merchant.locale if merchant.locale in dict(settings.LANGUAGES) else "en"
    locale = locale_of(language)
    assert dispute.due_at is not None
    with translation.override(language):
        amount = money_text(Money(dispute.amount_minor, dispute.currency), locale=locale)
        context = {
            "merchant": merchant.name,
            "language": language,
            "amount": amount,
            "number": dispute.payment.order.number if dispute.payment else dispute.external_id,
            "due": moment_text(dispute.due_at, shape="full", zone=dispute.zone, locale=locale),
            "zone": dispute.zone,
            "url": f"{settings.PUBLIC_URL.rstrip('/')}/disputes/{dispute.id}/",
        }
        mail = Mail(
            kind="dispute_reminder",
            dedup_key=f"dispute:{dispute.id}:{dispute.round}:{step}:{member.id}",
            recipient=member.user.email,
            subject=gettext("Answer the dispute about %(amount)s by %(due)s") % context,
            body_text=render_to_string("payments/disputes/mail/reminder.txt", context),
            body_html=render_to_string("payments/disputes/mail/reminder.html", context),
            about=f"dispute:{dispute.id}",
        )
    return messages.queue_mail(mail, now=now)
