"""What stock does with its own news: whoever orders goods is written to when a level ran low."""

from __future__ import annotations

from uuid import UUID

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from inventory.stock.models import StockLevel
from merchant.accounts.access import rights_of_role
from merchant.accounts.models import StaffMember
from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from merchant.merchants import queries as merchants
from merchant.messages import services as messages
from merchant.messages.services import Mail


def write_about_low_stock(event: Event) -> None:
    """Write to everybody who may manage the stock of the store, once each."""
    level = StockLevel.objects.select_related("variant__product", "store").filter(id=event.payload["level_id"]).first()
    if level is None:
        return
    now, locale = business_now(event.merchant_id), merchants.get_merchant(event.merchant_id).locale
    for member in _buyers(level.store_id):
        with translation.override(locale):
            facts = {"article": level.variant.product.name, "sku": level.variant.sku, "store": level.store.name}
            facts["free"] = event.payload["free_quantity"]
            text = gettext("%(store)s has %(free)s free pieces of %(article)s (%(sku)s) left.") % facts
            mail = Mail(
                kind="stock_low",
                dedup_key=f"stock_low:{event.id}:{member.id}",
                recipient=member.user.email,
                subject=gettext("%(article)s is running low in %(store)s") % facts,
                body_text=text + "\n",
                body_html=f"<p>{escape(text)}</p>",
                about=f"stock_level:{level.id}",
            )
        messages.queue_mail(mail, now=now)


def _buyers(store_id: UUID) -> list[StaffMember]:
    members = StaffMember.objects.filter(is_active=True).select_related("user").prefetch_related("stores")
    return [
        member
        for member in members
        if "stock.manage" in rights_of_role(member.role)
        and (member.all_stores or any(store.id == store_id for store in member.stores.all()))
    ]
