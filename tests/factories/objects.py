"""
One builder per id that appears in an address: the walk over all routes with another merchant's ids takes its objects from here.

A slice that adds a route with a new kind of id adds a line. `BODIES` holds, for routes that read their body before they look for the object, one
that is valid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from merchant.merchants.models import Merchant
from tests.factories import goods, papers, tills
from tests.factories.catalogue import a_variant
from tests.factories.disputes import a_dispute, a_dispute_file, a_routing_decision
from tests.factories.merchants import a_register, a_store
from tests.factories.orders import a_barcode, a_discount, a_gateway_account, a_payment, an_operation, an_order
from tests.factories.people import a_device, a_staff_member, an_api_key, an_approval
from tests.factories.shoppers import a_brand

# Name in the address -> an object of the merchant. A name that means different things in different routes is written `route-name.id-name`.
OBJECTS: dict[str, Callable[[Merchant], Model]] = {
    "store_id": a_store,
    "register_id": lambda merchant: a_register(a_store(merchant)),
    "device_id": lambda merchant: a_device(a_register(a_store(merchant)))[0],
    "approval_id": an_approval,
    "key_id": lambda merchant: an_api_key(merchant)[0],
    "member_id": lambda merchant: a_staff_member(merchant, role="cashier"),
    "order_id": an_order,
    "payment_id": a_payment,
    "operation_id": an_operation,
    "inventory:barcode.code": a_barcode,
    "terminal_id": papers.a_terminal,
    "report_id": papers.a_report_file,
    "payout_id": papers.a_payout,
    "statement_id": papers.a_statement_file,
    "mapping_id": papers.a_column_mapping,
    "reconciliation_pages:unknown-file.file_id": papers.an_unknown_file,
    "run_id": papers.a_job,
    "exception_id": papers.a_deviation,
    "selection_id": papers.a_selection,
    "match_id": papers.a_match,
    "document_id": papers.a_document,
    "export_id": papers.an_export_file,
    "journal_file_id": papers.a_journal_file,
    "endpoint_id": papers.a_webhook_endpoint,
    "delivery_id": papers.a_webhook_delivery,
    "event_id": papers.a_parked_event,
    "message_id": papers.a_message,
    "link_id": papers.a_link,
    "dispute_id": a_dispute,
    "file_id": a_dispute_file,
    "decision_id": a_routing_decision,
    "checkout_id": papers.a_checkout,
    "shift_id": tills.a_shift,
    "closing_id": tills.a_closing,
    "sale_id": tills.a_training_sale,
    "voucher_id": papers.a_voucher,
    "credential_id": papers.a_stored_card,
    "redemption_id": papers.a_redemption,
    "goods_id": goods.a_delivery,
    "transfer_id": goods.a_transfer,
    "count_id": goods.a_count,
    "coupon_id": goods.a_coupon,
    "damaged_id": goods.a_damaged_piece,
    "list_id": goods.a_price_list,
    "discount_id": a_discount,
    "customer_id": goods.a_customer,
    "pickup_id": goods.a_pickup,
    "sign_id": goods.a_sign,
    "method_id": goods.a_delivery_method,
    "contract_id": papers.an_agreed_contract,
    "bank_line_id": papers.a_bank_line,
    "variant_id": a_variant,
    "account_id": a_gateway_account,
    "import_id": goods.a_product_import,
    "rate_id": papers.an_exchange_rate,
    "schedule_id": papers.an_export_schedule,
    "brand_id": a_brand,
}

# Names in an address that choose among our own words, no merchant's object.
WORDS = frozenset({"kind", "number", "slug"})

_EURO = {"amount_minor": 100, "currency": "EUR"}
_LINES = [{"article": "MUG", "quantity": 1}]
BODIES: dict[str, dict[str, Any]] = {
    "inventory:price-list-prices": {"sku": "MUG", "amount_minor": 100},
    "pos:order-lines": {"lines": _LINES, "version": 1},
    "pos:order-park": {"version": 1},
    "pos:order-discounts": {"percent_basis_points": 500, "reason": "scratched", "version": 1},
    "pos:order-discount-remove": {"version": 1},
    "documents:order-invoice-create": {
        "buyer": {"name": "Café Nord AB", "street": "Storgatan 1", "city": "Stockholm", "country": "SE"}
    },
    "documents:receipt-mails": {"email": "ines@example.com"},
    "documents:credit-note-create": {"reason": "wrong address"},
    "pos:order-splits": {"mode": "person", "parts": [{}, {}]},
    "pos:order-complete": {"version": 1},
    "pos:order-payment-create": {"method": "cash", "amount": _EURO},
    "pos:order-return-create": {
        "lines": [{"line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "quantity": 1}],
        "reason": "broken",
    },
    "pos:order-exchange-create": {
        "back": [{"line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "quantity": 1}],
        "basket": {"lines": _LINES},
        "reason": "size",
    },
    "after_sales:line-cancellation-create": {
        "lines": [{"line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "quantity": 1}],
        "reason": "wish",
    },
    "vouchers:redemption-write-off-create": {"reason": "lost"},
    "accounts:device-change": {"refund_limit_minor": 100},
    "accounts:api-key-change": {"refund_limit_minor": 100},
    "checkout-api:checkout-payment-create": {"session": True},
    "checkout-api:stored-cards": {
        "customer_id": "01a200e3-566d-77b5-bd39-f0e90cda2666",
        "token": "tok_ok",
        "consent": {"text": "Keep it."},
    },
    "shifts:movements": {"kind": "no_sale", "reason": "change"},
    "shifts:hand-over-create": {"count_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"},
    "shifts:shift-close": {"count_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"},
    "shifts:drawer": {"limit_minor": None, "difference_limit_minor": None},
    "shifts:training-switch": {"is_training": True},
    "pos:payment-refund-create": {"amount": _EURO, "reason": "broken"},
    "after_sales:capture-create": {"amount": _EURO},
    "after_sales:increment-create": {"amount": _EURO},
    "after_sales:tip-create": {"amount": _EURO},
    "after_sales:order-refund-create": {"amount": _EURO, "reason": "broken"},
    "after_sales:override-create": {"treat_as": "paid", "reason": "receipt seen"},
    "after_sales:marketplace-payment-create": {
        "account_id": "01a200e3-566d-77b5-bd39-f0e90cda2666",
        "amount": _EURO,
    },
    "after_sales:stored-card-charge-create": {"order_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "amount": _EURO},
    "vouchers:block-create": {"reason": "lost"},
    "vouchers:unblock-create": {"reason": "found"},
    "approvals:pin-grant-create": {"member_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "pin": "490317"},
    "fees:contract-change": {"valid_from": "2031-01-01", "basis_points": 100},
    "disputes:outcome-create": {"outcome": "lost"},
    "customers:reveal-create": {"reason": "calls about a parcel"},
    "customers:consent-create": {"purpose": "marketing_mail", "is_given": True, "source": "till"},
    "customers:merge-create": {"other_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"},
    "reconciliation:match-undo": {"reason": "another customer's"},
    "reconciliation:exception-resolve": {"note": "seen", "write_off": False},
}


def builder_of(route: str, id_name: str) -> Callable[[Merchant], Model] | None:
    """Return what builds the object that `id_name` names in `route`."""
    return OBJECTS.get(f"{route}.{id_name}") or OBJECTS.get(id_name)
