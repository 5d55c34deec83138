"""Deliveries and transfers for staff; made for a phone with a scanner."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from inventory.receiving import deliveries, forms, queries, transfers
from inventory.receiving.deliveries import Arrived
from inventory.receiving.models import Delivery, Transfer
from inventory.receiving.pages import PaperLine, PaperPage, PaperRow
from inventory.receiving.paper_views import NewPaper, PaperAct, PaperDetail, PaperView
from inventory.receiving.states import DELIVERY, TRANSFER
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.pages.forms import FormField, choices_of
from merchant.core.pages.parts import Fact
from merchant.merchants import queries as merchants


class DeliveryPage(PaperView):
    """What the pages of deliveries share."""

    url: ClassVar[str] = "/stock/deliveries/"

    def paper(self, paper_id: UUID) -> Delivery:
        """Return a delivery the caller sees. :raises NotFound: for any other."""
        found: Delivery = queries.get_of(queries.list_deliveries(stores=self.caller.stores), paper_id)
        return found

    def shown(self, paper: Delivery, error: AppError | None = None) -> HttpResponse:
        """Show the delivery, and why something was refused."""
        lines = paper.lines.select_related("variant__product").order_by("variant__sku")
        is_open = paper.status not in DELIVERY.final
        scan = self.scan_form(paper, "receive", _("It is here"), error, with_damaged=True)
        end = self.end_form(paper, "close", _("Nothing more will come"), "ban")
        page = PaperPage(
            title=_("Delivery"),
            number=paper.number,
            status=paper.status,
            back_url=self.url,
            back_label=_("Deliveries"),
            facts=(
                Fact(pgettext("a store", "To"), paper.store.name),
                Fact(_("Supplier"), paper.supplier or "—"),
                Fact(_("Reference"), paper.reference or "—"),
                Fact(_("Expected"), paper.expected_on or "—"),
            ),
            columns=(_("Expected"), _("Received"), _("Damaged")),
            lines=tuple(_delivery_line(line) for line in lines),
            scan=scan if is_open and self.caller.has_right("stock.receive") else None,
            ends=(end,) if is_open and self.caller.has_right("stock.manage") else (),
        )
        return self.paper_page(page, status=422 if error else 200)


class DeliveryListView(DeliveryPage):
    """`/stock/deliveries/`."""

    right = "stock.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of deliveries."""
        return self.list_page(
            request, queries.list_deliveries(stores=self.caller.stores), title=_("Deliveries"), statuses=DELIVERY.states,
            row=_delivery_row, hint=_("Announce what a supplier will bring, then scan what came."), right="stock.manage",
        )  # fmt: skip


class NewDeliveryView(NewPaper, DeliveryPage):
    """`/stock/deliveries/new/`."""

    right = "stock.manage"

    def make(self) -> Delivery:
        """Announce a delivery."""
        fields: Any = self.request.POST.dict()
        return deliveries.announce_delivery(
            store_id=merchants.get_own_store_id(self.caller, forms.read_store(fields, "store")),
            expected=forms.read_lines(fields.get("lines", "")),
            supplier=fields.get("note", "")[:120],
            reference=fields.get("reference", "")[:60],
            expected_on=None,
            now=self.now,
        )

    def form(self, error: AppError | None = None) -> HttpResponse:
        """Ask for supplier and articles."""
        return self.blank(
            error,
            title=_("New delivery"),
            fields=(self.store_field(), self.note_field(_("Supplier")), self.lines_field()),
        )


class DeliveryDetailView(PaperDetail, DeliveryPage):
    """`/stock/deliveries/<id>/`."""


class ReceiveDeliveryView(PaperAct, DeliveryPage):
    """`/stock/deliveries/<id>/receive/`."""

    right = "stock.receive"

    def act(self, paper: Delivery) -> None:
        """Put one article that came on the shelf."""
        deliveries.receive_delivery(delivery_id=paper.id, arrived=[_arrived(self.request)], now=self.now)
        messages.success(self.request, _("Booked."))


class CloseDeliveryView(PaperAct, DeliveryPage):
    """`/stock/deliveries/<id>/close/`."""

    right = "stock.manage"
    is_refused_apart = True

    def act(self, paper: Delivery) -> None:
        """Wait no longer."""
        deliveries.close_delivery(delivery_id=paper.id, now=self.now)


class TransferPage(PaperView):
    """What the pages of transfers share."""

    url: ClassVar[str] = "/stock/transfers/"

    def paper(self, paper_id: UUID) -> Transfer:
        """Return a transfer the caller sees. :raises NotFound: for any other."""
        found: Transfer = queries.get_of(queries.list_transfers(stores=self.caller.stores), paper_id)
        return found

    def shown(self, paper: Transfer, error: AppError | None = None) -> HttpResponse:
        """Show the transfer, and why something was refused."""
        lines = paper.lines.select_related("variant__product").order_by("variant__sku")
        is_open, is_here = paper.status not in TRANSFER.final, self.caller.may_use_store(paper.store_to_id)
        scan = self.scan_form(paper, "receive", _("It is here"), error, with_damaged=True)
        fates = (("back", _("The rest is back at the sender")), ("lost", _("The rest is lost")))
        end = self.end_form(paper, "close", _("Close"), "ban", choices=fates)
        page = PaperPage(
            title=_("Transfer"),
            number=paper.number,
            status=paper.status,
            back_url=self.url,
            back_label=_("Transfers"),
            facts=(
                Fact(_("From"), paper.store_from.name),
                Fact(pgettext("a store", "To"), paper.store_to.name),
                Fact(_("Sent"), paper.sent_at),
                Fact(_("Note"), paper.note or "—"),
            ),
            columns=(_("Sent"), _("Received"), _("Damaged"), _("On the way")),
            lines=tuple(_transfer_line(line) for line in lines),
            scan=scan if is_open and is_here and self.caller.has_right("stock.receive") else None,
            ends=(end,) if is_open and self.caller.has_right("stock.manage") else (),
        )
        return self.paper_page(page, status=422 if error else 200)


class TransferListView(TransferPage):
    """`/stock/transfers/`."""

    right = "stock.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of transfers."""
        return self.list_page(
            request, queries.list_transfers(stores=self.caller.stores), title=_("Transfers"), statuses=TRANSFER.states,
            row=_transfer_row, hint=_("Send pieces to another store; they arrive when they are scanned there."), right="stock.manage",
        )  # fmt: skip


class NewTransferView(NewPaper, TransferPage):
    """`/stock/transfers/new/`."""

    right = "stock.manage"

    def make(self) -> Transfer:
        """Send pieces."""
        fields: Any = self.request.POST.dict()
        target = forms.read_store(fields, "store_to")
        if str(target) not in dict(self.all_stores()):
            raise NotFound()
        if fields["store_to"] == fields.get("store"):
            raise Invalid(reason=_("goods go from one store to another one"), field="store_to")
        return transfers.send_transfer(
            store_from=merchants.get_own_store_id(self.caller, forms.read_store(fields, "store")),
            store_to=target,
            pieces=forms.read_lines(fields.get("lines", "")),
            note=fields.get("note", "")[:120],
            names={},
            now=self.now,
        )

    def form(self, error: AppError | None = None) -> HttpResponse:
        """Ask for both stores and the articles."""
        target = FormField("store_to", pgettext("a store", "To"), "choice", choices=choices_of(self.all_stores()))
        fields = (self.store_field(_("From")), target, self.note_field(_("Note")), self.lines_field())
        return self.blank(error, title=_("New transfer"), fields=fields)


class TransferDetailView(PaperDetail, TransferPage):
    """`/stock/transfers/<id>/`."""


class ReceiveTransferView(PaperAct, TransferPage):
    """`/stock/transfers/<id>/receive/`."""

    right = "stock.receive"

    def paper(self, paper_id: UUID) -> Transfer:
        """Return a transfer to a store of the caller. :raises NotFound: for any other."""
        transfer = super().paper(paper_id)
        self.require_store(transfer.store_to_id)
        return transfer

    def act(self, paper: Transfer) -> None:
        """Put one article that arrived on the shelf."""
        transfers.receive_transfer(transfer_id=paper.id, arrived=[_arrived(self.request)], now=self.now)
        messages.success(self.request, _("Booked."))


class CloseTransferView(PaperAct, TransferPage):
    """`/stock/transfers/<id>/close/`."""

    right = "stock.manage"
    is_refused_apart = True

    def act(self, paper: Transfer) -> None:
        """Wait no longer."""
        is_back = self.request.POST.get("choice") == "back"
        transfers.close_transfer(transfer_id=paper.id, is_back=is_back, now=self.now)


def _arrived(request: HttpRequest) -> Arrived:
    fields = request.POST
    received = forms.read_quantity(fields.get("quantity", ""))
    damaged = forms.read_quantity(fields.get("damaged", ""), field="damaged")
    return Arrived(forms.read_article(fields.get("article", "")).id, received, damaged)


def _delivery_row(delivery: Delivery) -> PaperRow:
    return PaperRow(
        str(delivery.id), f"/stock/deliveries/{delivery.id}/", delivery.number, delivery.store.name, delivery.supplier,
        delivery.created_at, delivery.status,
    )  # fmt: skip


def _delivery_line(line: Any) -> PaperLine:
    figures = (line.expected_quantity, line.received_quantity, line.damaged_quantity)
    is_open = line.received_quantity + line.damaged_quantity < line.expected_quantity
    return PaperLine(line.variant.product.name, line.variant.sku, figures, is_open)


def _transfer_row(transfer: Transfer) -> PaperRow:
    return PaperRow(
        str(transfer.id), f"/stock/transfers/{transfer.id}/", transfer.number, f"{transfer.store_from.name} → {transfer.store_to.name}",
        transfer.note, transfer.sent_at, transfer.status,
    )  # fmt: skip


def _transfer_line(line: Any) -> PaperLine:
    figures = (line.sent_quantity, line.received_quantity, line.damaged_quantity, line.on_the_way)
    return PaperLine(line.variant.product.name, line.variant.sku, figures, line.on_the_way > 0)
