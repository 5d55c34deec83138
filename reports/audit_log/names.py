"""What the objects of the log are called and where their pages are: one statement for each kind of object on a page of the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inventory.catalog.models import Product, TaxClass, Variant
from inventory.pricing.models import Coupon, PriceList
from inventory.receiving.models import Delivery, StockCount, Transfer
from merchant.accounts.models import ApiKey, Device, StaffMember
from merchant.core.audit.models import AuditEntry
from merchant.core.filters import typed_id
from merchant.customers.models import Customer
from merchant.merchants.models import Register, Store
from merchant.messages.models import WebhookEndpoint
from merchant.sales_channels.models import Channel
from orders.documents.models import Document
from orders.order.models import Order
from payments.checkout.models import DeliveryMethod, Payee, PaymentLink, Sign
from payments.disputes.models import Dispute
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, StatementFile
from payments.records.models import Payment
from payments.settlement.models import ColumnMapping, Payout, ReportFile
from payments.vouchers.models import Voucher
from reports.exports.models import ExportFile, ExportSchedule
from terminals.devices.models import Terminal
from terminals.pos.shifts.models import Closing, Shift


@dataclass(frozen=True, slots=True)
class Named:
    """An object as the log shows it: its name, "" where it has none, and its page, "" where it has none."""

    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of a kind are called: `name` and `url` are filled in from the fields they mention. Names of people are hidden from who sees them masked."""

    model: Any
    name: str
    url: str = ""
    is_person: bool = False


_KINDS = {
    "order": _Kind(Order, "{number}", "/orders/{id}/"),
    "payment": _Kind(Payment, "{order__number}", "/payments/{id}/"),
    "customer": _Kind(Customer, "{name}", "/customers/{id}/", is_person=True),
    "dispute": _Kind(Dispute, "{payment__order__number}", "/disputes/{id}/"),
    "voucher": _Kind(Voucher, "…{hint}", "/gift-cards/{id}/"),
    "terminal": _Kind(Terminal, "{name}", "/terminals/{id}/"),
    "webhook_endpoint": _Kind(WebhookEndpoint, "{url}", "/webhook-log/endpoints/{id}/"),
    "staff": _Kind(StaffMember, "{user__first_name} {user__last_name}", "/staff/{id}/"),
    "api_key": _Kind(ApiKey, "{name}", "/api-keys/"),
    "store": _Kind(Store, "{name}", "/settings/locations/{id}/"),
    "register": _Kind(Register, "{store__name}, {name}", "/day-close/tills/{id}/"),
    "device": _Kind(Device, "{name}", "/day-close/tills/{register_id}/#tablets"),
    "shift": _Kind(Shift, "{register__store__name}, {register__name}", "/day-close/shifts/{id}/"),
    "closing": _Kind(Closing, "{register__name}-{number}", "/day-close/closings/{id}/"),
    "document": _Kind(Document, "{number}", "/orders/{order_id}/"),
    "variant": _Kind(Variant, "{name} ({sku})", "/products/{id}/"),
    "product": _Kind(Product, "{name}"),
    "channel": _Kind(Channel, "{name}"),
    "coupon": _Kind(Coupon, "{code}", "/coupons/{id}/"),
    "price_list": _Kind(PriceList, "{name}"),
    "tax_class": _Kind(TaxClass, "{name}", "/settings/taxes/"),
    "payment_link": _Kind(PaymentLink, "{order__number}", "/payment-links/{id}/"),
    "sign": _Kind(Sign, "{label}", "/signs/{id}/"),
    "delivery_method": _Kind(DeliveryMethod, "{name}", "/settings/delivery/{id}/"),
    "payee": _Kind(Payee, "{name}"),
    "delivery": _Kind(Delivery, "{number}", "/stock/deliveries/{id}/"),
    "transfer": _Kind(Transfer, "{number}", "/stock/transfers/{id}/"),
    "count": _Kind(StockCount, "{number}", "/stock/counts/{id}/"),
    "gateway_account": _Kind(GatewayAccount, "{name}", "/gateways/"),
    "bank_account": _Kind(BankAccount, "{name}", "/imports/accounts/"),
    "report": _Kind(ReportFile, "{name}", "/imports/{id}/"),
    "statement": _Kind(StatementFile, "{name}", "/imports/"),
    "column_mapping": _Kind(ColumnMapping, "{name}", "/imports/mappings/{id}/"),
    "payout": _Kind(Payout, "{reference}", "/payouts/{id}/"),
    "export": _Kind(ExportFile, "{name}", "/exports/"),
    "export_schedule": _Kind(ExportSchedule, "{name}", "/exports/"),
}


def names_of(entries: Iterable[AuditEntry], *, is_masked: bool = False) -> dict[str, Named]:
    """Return what the objects of `entries` are called, by subject; what is gone, or nobody names, is not among them."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for entry in entries:
        kind, _colon, key = entry.subject.partition(":")
        if kind in _KINDS and (found := typed_id(key)) is not None:
            wanted[kind].add(found)
    return {
        f"{kind}:{row['id']}": _named(_KINDS[kind], row, is_masked=is_masked)
        for kind, ids in wanted.items()
        for row in _rows(_KINDS[kind], ids)
    }


def _rows(kind: _Kind, ids: set[UUID]) -> Iterable[dict[str, Any]]:
    mentioned = {part.split("}")[0] for part in f"{kind.name}{kind.url}".split("{")[1:]}
    found: Iterable[dict[str, Any]] = kind.model.objects.filter(id__in=ids).values("id", *sorted(mentioned - {"id"}))
    return found


def _named(kind: _Kind, row: dict[str, Any], *, is_masked: bool) -> Named:
    known = {name: "" if value is None else value for name, value in row.items()}
    is_hidden = kind.is_person and is_masked
    name = "" if is_hidden else kind.name.format(**known).strip()
    has_page = all(row[part] is not None for part in row if "{" + part + "}" in kind.url)
    return Named(name, kind.url.format(**known) if has_page else "")
