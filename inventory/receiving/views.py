"""Deliveries and transfers for staff; made for a phone with a scanner."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.receiving import deliveries, forms, queries, transfers
from inventory.receiving.deliveries import Arrived
from inventory.receiving.models import Delivery, Transfer
from inventory.receiving.pages import EndForm, PaperLine, PaperPage, PaperRow, ScanForm
from inventory.receiving.paper_views import PaperView
from inventory.receiving.states import DELIVERY, TRANSFER
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.parts import Fact


class DeliveryPage(PaperView):
    """What the pages of deliveries share."""

    url: ClassVar[str] = "/stock/deliveries/"

    def delivery(self, goods_id: UUID) -> Delivery:
        """Return a delivery the caller sees. :raises NotFound: for any other."""
        found: Delivery = queries.get_of(queries.list_deliveries(stores=self.caller.stores), goods_id)
        return found

    def shown(self, delivery: Delivery, error: AppError | None = None) -> HttpResponse:
        """Show the delivery, and why something was refused."""
        lines = delivery.lines.select_related("variant__product").order_by("variant__sku")
        is_open = delivery.status not in DELIVERY.final
        scan = ScanForm(
            f"{self.url}{delivery.id}/receive/",
            str(uuid4()),
            _("It is here"),
            with_damaged=True,
            entered=self.request.POST.dict() if error else {},  # type: ignore[arg-type]
            error=error.message if error else "",
        )
        end = EndForm(f"{self.url}{delivery.id}/close/", str(uuid4()), _("Nothing more will come"), "ban")
        page = PaperPage(
            title=_("Delivery"),
            number=delivery.number,
            status=delivery.status,
            back_url=self.url,
            back_label=_("Deliveries"),
            facts=(
                Fact(_("To"), delivery.store.name),
                Fact(_("Supplier"), delivery.supplier or "—"),
                Fact(_("Reference"), delivery.reference or "—"),
                Fact(_("Expected"), delivery.expected_on or "—"),
            ),
            columns=(_("Expected"), _("Received"), _("Damaged")),
            lines=tuple(
                PaperLine(
                    line.variant.product.name,
                    line.variant.sku,
                    (line.expected_quantity, line.received_quantity, line.damaged_quantity),
                    line.received_quantity + line.damaged_quantity < line.expected_quantity,
                )
                for line in lines
            ),
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


class NewDeliveryView(DeliveryPage):
    """`/stock/deliveries/new/`."""

    right = "stock.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._blank()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Announce a delivery, once."""
        return self.made(request, self._make, self._blank)

    def _make(self) -> str:
        fields = self.request.POST.dict()
        done = deliveries.announce_delivery(
            store_id=self.own_store(forms.read_store(fields, "store")),  # type: ignore[arg-type]
            expected=forms.read_lines(str(fields.get("lines", ""))),
            supplier=str(fields.get("note", ""))[:120],
            reference=str(fields.get("reference", ""))[:60],
            expected_on=None,
            now=self.now,
        )
        return f"{self.url}{done.id}/"

    def _blank(self, error: AppError | None = None) -> HttpResponse:
        return self.blank(error, title=_("New delivery"), note_label=_("Supplier"))


class DeliveryDetailView(DeliveryPage):
    """`/stock/deliveries/<id>/`."""

    right = "stock.read"

    def get(self, request: HttpRequest, goods_id: UUID) -> HttpResponse:
        """Show the delivery."""
        return self.shown(self.delivery(goods_id))


class ReceiveDeliveryView(DeliveryPage):
    """`/stock/deliveries/<id>/receive/`."""

    right = "stock.receive"

    def post(self, request: HttpRequest, goods_id: UUID) -> HttpResponse:
        """Put one article that came on the shelf, once."""
        delivery = self.delivery(goods_id)
        return self.made(request, lambda: self._receive(delivery), lambda error: self.shown(delivery, error))

    def _receive(self, delivery: Delivery) -> str:
        deliveries.receive_delivery(delivery_id=delivery.id, arrived=[_arrived(self.request)], now=self.now)
        messages.success(self.request, _("Booked."))
        return f"{self.url}{delivery.id}/"


class CloseDeliveryView(DeliveryPage):
    """`/stock/deliveries/<id>/close/`."""

    right = "stock.manage"

    def post(self, request: HttpRequest, goods_id: UUID) -> HttpResponse:
        """Wait no longer, once."""
        delivery = self.delivery(goods_id)
        return self.act_once(request, lambda: self._close(delivery))

    def _close(self, delivery: Delivery) -> str:
        deliveries.close_delivery(delivery_id=delivery.id, now=self.now)
        return f"{self.url}{delivery.id}/"


class TransferPage(PaperView):
    """What the pages of transfers share."""

    url: ClassVar[str] = "/stock/transfers/"

    def transfer(self, transfer_id: UUID) -> Transfer:
        """Return a transfer the caller sees. :raises NotFound: for any other."""
        found: Transfer = queries.get_of(queries.list_transfers(stores=self.caller.stores), transfer_id)
        return found

    def shown(self, transfer: Transfer, error: AppError | None = None) -> HttpResponse:
        """Show the transfer, and why something was refused."""
        lines = transfer.lines.select_related("variant__product").order_by("variant__sku")
        is_open, is_here = transfer.status not in TRANSFER.final, self.caller.may_use_store(transfer.store_to_id)
        scan = ScanForm(
            f"{self.url}{transfer.id}/receive/",
            str(uuid4()),
            _("It is here"),
            with_damaged=True,
            entered=self.request.POST.dict() if error else {},  # type: ignore[arg-type]
            error=error.message if error else "",
        )
        end = EndForm(
            f"{self.url}{transfer.id}/close/",
            str(uuid4()),
            _("Close"),
            "ban",
            choices=(("back", _("The rest is back at the sender")), ("lost", _("The rest is lost"))),
        )
        page = PaperPage(
            title=_("Transfer"),
            number=transfer.number,
            status=transfer.status,
            back_url=self.url,
            back_label=_("Transfers"),
            facts=(
                Fact(_("From"), transfer.store_from.name),
                Fact(_("To"), transfer.store_to.name),
                Fact(_("Sent"), transfer.sent_at),
                Fact(_("Note"), transfer.note or "—"),
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


class NewTransferView(TransferPage):
    """`/stock/transfers/new/`."""

    right = "stock.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._blank()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send pieces, once."""
        return self.made(request, self._make, self._blank)

    def _make(self) -> str:
        fields: Any = self.request.POST.dict()
        target = forms.read_store(fields, "store_to")
        if str(target) not in dict(self.all_stores()):
            raise NotFound()
        done = transfers.send_transfer(
            store_from=self.own_store(forms.read_store(fields, "store")),
            store_to=target,
            pieces=forms.read_lines(fields.get("lines", "")),
            note=fields.get("note", "")[:120],
            names={},
            now=self.now,
        )
        return f"{self.url}{done.id}/"

    def _blank(self, error: AppError | None = None) -> HttpResponse:
        return self.blank(
            error, title=_("New transfer"), note_label=_("Note"), asks_target=True, all_stores=self.all_stores()
        )


class TransferDetailView(TransferPage):
    """`/stock/transfers/<id>/`."""

    right = "stock.read"

    def get(self, request: HttpRequest, transfer_id: UUID) -> HttpResponse:
        """Show the transfer."""
        return self.shown(self.transfer(transfer_id))


class ReceiveTransferView(TransferPage):
    """`/stock/transfers/<id>/receive/`."""

    right = "stock.receive"

    def post(self, request: HttpRequest, transfer_id: UUID) -> HttpResponse:
        """Put one article that arrived on the shelf, once."""
        transfer = self.transfer(transfer_id)
        self.require_store(transfer.store_to_id)
        return self.made(request, lambda: self._receive(transfer), lambda error: self.shown(transfer, error))

    def _receive(self, transfer: Transfer) -> str:
        transfers.receive_transfer(transfer_id=transfer.id, arrived=[_arrived(self.request)], now=self.now)
        messages.success(self.request, _("Booked."))
        return f"{self.url}{transfer.id}/"


class CloseTransferView(TransferPage):
    """`/stock/transfers/<id>/close/`."""

    right = "stock.manage"

    def post(self, request: HttpRequest, transfer_id: UUID) -> HttpResponse:
        """Wait no longer, once."""
        transfer = self.transfer(transfer_id)
        return self.act_once(request, lambda: self._close(transfer))

    def _close(self, transfer: Transfer) -> str:
        is_back = self.request.POST.get("choice") == "back"
        transfers.close_transfer(transfer_id=transfer.id, is_back=is_back, now=self.now)
        return f"{self.url}{transfer.id}/"


def _arrived(request: HttpRequest) -> Arrived:
    fields = request.POST
    received = forms.read_quantity(fields.get("quantity", ""))
    damaged = forms.read_quantity(fields.get("damaged", ""))
    return Arrived(queries.get_article(fields.get("article", "")).id, received, damaged)


def _delivery_row(delivery: Delivery) -> PaperRow:
    return PaperRow(
        str(delivery.id), f"/stock/deliveries/{delivery.id}/", delivery.number, delivery.store.name, delivery.supplier,
        delivery.created_at, delivery.status,
    )  # fmt: skip


def _transfer_row(transfer: Transfer) -> PaperRow:
    return PaperRow(
        str(transfer.id), f"/stock/transfers/{transfer.id}/", transfer.number, f"{transfer.store_from.name} → {transfer.store_to.name}",
        transfer.note, transfer.sent_at, transfer.status,
    )  # fmt: skip


def _transfer_line(line: Any) -> PaperLine:
    figures = (line.sent_quantity, line.received_quantity, line.damaged_quantity, line.on_the_way)
    return PaperLine(line.variant.product.name, line.variant.sku, figures, line.on_the_way > 0)
