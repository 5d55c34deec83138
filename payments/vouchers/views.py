"""Gift cards and store credit for staff: find one by the end of its code, see where its money went, block it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.money import Money
from merchant.core.pages.forms import error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, Fact, ListFrame
from merchant.core.pages.status import VOUCHER as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.vouchers import queries, services
from payments.vouchers.models import Voucher
from payments.vouchers.pages import KINDS, LiabilityRow, VoucherListPage, VoucherPage, movement_row, voucher_row

REASON_LENGTH_MAX = 120


class VoucherListView(StaffPageView):
    """`/gift-cards/`."""

    right = "voucher.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of cards, newest first. Of a code that somebody typed whole only its end stays in the address."""
        here = Here.of(request)
        typed = queries.hint_of(here.one("q"))
        if len(typed) > queries.HINT_LENGTH:
            return HttpResponseRedirect(here.url(q=typed[-queries.HINT_LENGTH :]))
        filters = queries.read_filters(here.joined(queries.VOUCHER_FILTERS))
        found = paged(
            queries.find_vouchers(filters), after=here.one("after") or None, before=here.one("before") or None
        )
        bar = here.bar(
            here.days("date", _("Made")),
            here.choice("status", _("State"), [(state, LOOKS[state].word) for state in queries.STATES]),
            here.choice("kind", _("Kind"), KINDS.items()),
            search_hint=_("last four characters of the code"),
        )
        empty = EmptyState(
            "gift",
            _("No gift cards yet"),
            _("A card appears here when a gift card is handed over, or a refund goes to store credit."),
        )
        page = VoucherListPage(
            ListFrame(
                title=_("Gift cards"), bar=bar, pager=here.pager(found), empty=empty, export_url=self._export_url(here)
            ),
            tuple(voucher_row(row, now=filters.now) for row in found.rows),
            tuple(_liability(row) for row in queries.liabilities()),
        )
        return self.page("payments/vouchers/list.html", page, current="vouchers")

    def _export_url(self, here: Here) -> str:
        if not self.caller.has_right("export.create"):
            return ""
        return f"/exports/new/?{urlencode({'subject': 'vouchers', **here.joined(queries.VOUCHER_FILTERS)})}"


class OneVoucherView(StaffPageView):
    """What the pages about one card share."""

    def show(self, voucher: Voucher, error: AppError | None = None) -> HttpResponse:
        """Return the card's page."""
        row = voucher_row(voucher, now=business_now(self.caller.merchant_id))
        act = "unblock" if voucher.blocked_at else "block"
        page = VoucherPage(
            row=row,
            facts=_facts(voucher),
            movements=tuple(movement_row(each, voucher.currency) for each in queries.list_movements(voucher)),
            is_blocked=voucher.blocked_at is not None,
            can_manage=self.caller.has_right("voucher.manage"),
            action_url=f"{row.url}{act}/",
            idempotency_key=str(uuid4()),
            entered_reason=self.request.POST.get("reason", ""),
            errors=error_lines(error),
        )
        return self.page(
            "payments/vouchers/detail.html", page, current="vouchers", status=error.status if error else 200
        )


class VoucherView(OneVoucherView):
    """`/gift-cards/<id>/`."""

    right = "voucher.read"

    def get(self, request: HttpRequest, voucher_id: UUID) -> HttpResponse:
        """Show the card and everything that was put on it and taken off."""
        return self.show(queries.get_voucher(voucher_id))


class BlockView(OneVoucherView):
    """`/gift-cards/<id>/block/`."""

    right = "voucher.manage"
    is_blocking = True

    def post(self, request: HttpRequest, voucher_id: UUID) -> HttpResponse:
        """Block the card, or let it be spent again, once, with the reason."""
        voucher = queries.get_voucher(voucher_id)
        try:
            return self.act_once(request, lambda: self._change(voucher))
        except NotFound:
            raise
        except AppError as error:
            return self.show(voucher, error)

    def _change(self, voucher: Voucher) -> str:
        reason = self.request.POST.get("reason", "").strip()
        if not reason or len(reason) > REASON_LENGTH_MAX:
            raise Invalid(reason=_("say why, in at most {most} characters").format(most=REASON_LENGTH_MAX))
        change = services.block if self.is_blocking else services.unblock
        change(voucher_id=voucher.id, reason=reason, now=business_now(self.caller.merchant_id))
        said = (
            _("The card is blocked; its money stays on it.") if self.is_blocking else _("The card can be spent again.")
        )
        messages.success(self.request, said)
        return f"/gift-cards/{voucher.id}/"


class UnblockView(BlockView):
    """`/gift-cards/<id>/unblock/`."""

    is_blocking = False


def _facts(voucher: Voucher) -> tuple[Fact, ...]:
    facts = [
        Fact(_("Kind"), str(KINDS[voucher.kind])),
        Fact(_("Code ends in"), f"…{voucher.hint}", is_identifier=True),
        Fact(_("On the card"), Money(voucher.balance_minor, voucher.currency)),
        Fact(_("Made"), voucher.created_at),
    ]
    if voucher.expires_at is not None:
        facts.append(Fact(_("Last valid day"), queries.last_day_of(voucher.expires_at)))
    if voucher.blocked_at is not None:
        facts += [Fact(_("Blocked"), voucher.blocked_at), Fact(_("Why"), voucher.block_reason)]
    return tuple(facts)


def _liability(row: queries.Liability) -> LiabilityRow:
    cards, books = Money(row.cards_minor, row.currency), Money(row.books_minor, row.currency)
    return LiabilityRow(cards, books, cards - books)
