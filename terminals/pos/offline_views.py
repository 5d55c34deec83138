"""`/offline/`: what tills took while they were offline, and what of it is not sure yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.money import Money
from merchant.core.pages.display import moment_text, money_text
from merchant.core.pages.shell import current_locale, locale_of
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store
from payments.vouchers import offline
from payments.vouchers.models import OfflineRedemption
from terminals.pos import offline_queries
from terminals.pos.models import OfflineSale
from terminals.pos.offline_queries import PaidTwice
from terminals.pos.offline_words import refusal_words
from terminals.pos.pages import CardRow, LandedRow, OfflinePage, RefusedRow, RiskRow

_SHOWN_MAX = 100
# Tills without a line run ahead of the books by what they and their neighbours sold meanwhile; beyond this a code was scanned where a number was asked.
_AHEAD_MAX = 100_000
_TITLES = {
    "gift_cards": gettext_lazy("On gift cards that were taken offline"),
    "refused_sales": gettext_lazy("In sales that were refused and wait in a tablet"),
}
_WHY = {
    "unknown_card": gettext_lazy("no such card"),
    "blocked": gettext_lazy("the card is blocked"),
    "other_currency": gettext_lazy("the card is in another currency"),
    "expired": gettext_lazy("the card had expired"),
    "balance_too_small": gettext_lazy("the card has not enough money"),
}


class OfflineView(StaffPageView):
    """The page."""

    right = "payment.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show amount, number and oldest, then each of them."""
        stores = self.caller.stores
        names = dict(Store.objects.values_list("id", "name"))
        cards = offline_queries.open_redemptions(stores).order_by("taken_at")[:_SHOWN_MAX]
        page = OfflinePage(
            risks=tuple(
                RiskRow(str(_TITLES[row.kind]), Money(row.minor, row.currency), row.number, row.oldest_at)
                for row in offline_queries.list_at_risk(stores)
            ),
            cards=tuple(_card(row, names) for row in cards),
            refused=tuple(
                _refused(row) for row in offline_queries.refused_sales(stores).order_by("sold_at")[:_SHOWN_MAX]
            ),
            landed=_landed_rows(stores),
            can_settle=self.caller.has_right("voucher.manage"),
        )
        return self.page("terminals/pos/offline.html", page, current="payments")


class SettleView(StaffPageView):
    """Something done with a gift card payment at risk. Subclasses write `settle`."""

    right = "voucher.manage"

    def post(self, request: HttpRequest, redemption_id: UUID) -> HttpResponse:
        """Do it once."""
        found = OfflineRedemption.objects.filter(id=redemption_id).first()
        if found is None:
            raise NotFound()
        self.require_store(found.store_id)
        return self.act_once(request, lambda: self._settle(redemption_id))

    def settle(self, redemption_id: UUID) -> str:
        """Mandatory: do it and return the sentence that says so."""
        raise NotImplementedError

    def _settle(self, redemption_id: UUID) -> str:
        messages.info(self.request, self.settle(redemption_id))
        return "/offline/"

    def text(self, minor: int, currency: str) -> str:
        """Return an amount as the person reads it."""
        return money_text(Money(minor, currency), locale=locale_of(self.request.LANGUAGE_CODE))  # type: ignore[attr-defined]


class RetryView(SettleView):
    """`/offline/redemptions/<id>/retry/`."""

    def settle(self, redemption_id: UUID) -> str:
        """Try the card again."""
        done = offline.confirm(redemption_id=redemption_id, now=business_now(self.caller.merchant_id))
        if done.status == "confirmed":
            return _("The card has paid.")
        rest = self.text(done.open_minor, done.currency)
        return _("{amount} is still at risk: {why}.").format(amount=rest, why=str(_WHY.get(done.why, done.why)))


class WriteOffView(SettleView):
    """`/offline/redemptions/<id>/write-off/`."""

    def settle(self, redemption_id: UUID) -> str:
        """Give it up."""
        reason = self.request.POST.get("reason", "").strip()
        if not reason:
            raise Invalid(reason=_("say why it is given up"))
        done = offline.write_off(redemption_id=redemption_id, reason=reason, now=business_now(self.caller.merchant_id))
        return _("{amount} is written off.").format(amount=self.text(done.written_off_minor, done.currency))


def _card(row: OfflineRedemption, names: dict[UUID, str]) -> CardRow:
    return CardRow(
        id=str(row.id),
        order_url=f"/orders/{row.order_id}/",
        hint=f"…{row.hint}",
        place=names.get(row.store_id, ""),
        taken=Money(row.amount_minor, row.currency),
        at_risk=Money(row.open_minor, row.currency),
        why=str(_WHY.get(row.why, row.why)),
        taken_at=row.taken_at,
        retry_key=str(uuid4()),
        write_off_key=str(uuid4()),
    )


def _refused(row: OfflineSale) -> RefusedRow:
    amount = Money(row.cash_minor + row.gift_card_minor, row.currency)
    place = f"{row.store.name}, {row.register.name}"
    return RefusedRow(row.device.name, place, amount, refusal_words(row.refusal, row.refusal_text), row.sold_at)


def _landed_rows(stores: Collection[UUID] | None) -> tuple[LandedRow, ...]:
    rows = list(offline_queries.landed_sales(stores).order_by("-id")[:_SHOWN_MAX])
    twice = offline_queries.map_paid_twice(rows)
    return tuple(_landed(row, twice.get(row.id)) for row in rows)


def _landed(row: OfflineSale, twice: PaidTwice | None) -> LandedRow:
    remarks = []
    if twice is not None:
        amount = money_text(Money(twice.minor, row.currency), locale=current_locale())
        words = _("paid twice: order {number} has {amount} for the same goods; give one of them back")
        remarks.append(words.format(number=twice.number, amount=amount))
    if row.printed_number and row.printed_number != row.receipt_number:
        is_far = row.printed_number - (row.receipt_number or 0) > _AHEAD_MAX
        words = _("printed as {number}, which this till cannot have reached") if is_far else _("printed as {number}")
        remarks.append(words.format(number=row.printed_number))
    if row.odd_sold_at is not None:
        said = moment_text(row.odd_sold_at, shape="dated", zone=row.store.zone, locale=current_locale())
        remarks.append(_("the till's clock said {moment}; booked as of its arrival").format(moment=said))
    if row.oversold:
        pieces = ", ".join(f"{number} × {sku}" for sku, number in sorted(row.oversold.items()))
        remarks.append(_("oversold: {pieces}").format(pieces=pieces))
    if row.price_difference_minor:
        remarks.append(_("prices had changed"))
    if row.odd_tendered_minor is not None:
        said = money_text(Money(row.odd_tendered_minor, row.currency), locale=current_locale())
        remarks.append(_("{amount} handed over cannot be; booked as paid exactly").format(amount=said))
    return LandedRow(
        order_url=f"/orders/{row.order_id}/",
        receipt=f"{row.register.name}-{row.receipt_number}",
        place=row.store.name,
        amount=Money(row.cash_minor + row.gift_card_minor, row.currency),
        remarks="; ".join(remarks),
        sold_at=row.sold_at,
        arrived_at=row.arrived_at,
    )
