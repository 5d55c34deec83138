"""
Who may do what: the one table to read, and the one tests generate their matrix from.

A *right* is a noun and a verb (`refund.create`). A role, an API key's scope, a register and a terminal are sets of rights. `ROUTES` names, for each route and
method, the right it needs; `PUBLIC` needs none, `SIGNED_IN` any caller. Stores and amounts narrow a right further: see `Caller`.
"""

from __future__ import annotations

from collections.abc import Mapping

from merchant.core.callers import SIGNED_IN

# What somebody can only look at.
READS = frozenset(
    {
        "approval.read",
        "audit.read",
        "catalog.read",
        "checkout.read",
        "customer.read",
        "device.read",
        "dispute.read",
        "gateway.read",
        "ledger.read",
        "link.read",
        "message.read",
        "order.read",
        "payment.read",
        "reconciliation.read",
        "report.read",
        "settlement.read",
        "shift.read",
        "staff.read",
        "stock.read",
        "store.read",
        "terminal.read",
        "voucher.read",
        "webhook.read",
    }
)

# What changes something.
WRITES = frozenset(
    {
        "accounting.close",  # close a period
        "approval.ask",  # for another person's yes to one act
        "approval.give",  # beside the right that is asked for
        "cart.carry",  # take a cart over, pass it on, keep its pieces
        "catalog.manage",
        "checkout.create",
        "customer.manage",
        "device.manage",  # pair and revoke tablets
        "discount.approve",  # beyond the other person's limit
        "discount.give",
        "dispute.answer",  # evidence, acceptance, what a letter says
        "export.create",
        "gateway.manage",
        "invoice.create",  # and credit notes
        "key.manage",  # API keys: make, roll, revoke
        "link.create",
        "message.resend",
        "offline.accept",  # a sale made offline beyond the limits
        "order.cancel",
        "order.create",
        "order.fulfil",
        "payment.capture",  # also void and look up
        "payment.override",  # say how a payment ended that nobody can find out; needs two people
        "pin.manage",  # one's own PIN for granting at a till
        "reconciliation.resolve",
        "refund.approve",  # above the other person's limit
        "refund.create",
        "routing.manage",  # which gateway account takes what
        "sale.create",
        "settlement.import",
        "shift.manage",  # open, count, close; cash in and out
        "shift.approve",  # accept a difference in the drawer
        "staff.manage",
        "stock.manage",
        "stock.receive",  # take goods in and count; booking a count is managing
        "store.manage",
        "terminal.manage",
        "voucher.manage",  # block and unblock gift cards
        "webhook.manage",
    }
)

RIGHTS = READS | WRITES

_AT_THE_COUNTER = frozenset(
    {
        "approval.ask",
        "approval.read",
        "cart.carry",
        "catalog.read",
        "customer.read",
        "discount.give",
        "invoice.create",
        "link.create",
        "link.read",
        "order.create",
        "order.fulfil",
        "order.read",
        "payment.capture",
        "payment.read",
        "refund.create",
        "sale.create",
        "shift.manage",
        "shift.read",
        "stock.read",
        "stock.receive",
        "store.read",
        "terminal.read",
    }
)

ROLES: Mapping[str, frozenset[str]] = {
    "owner": RIGHTS,
    "manager": RIGHTS - {"gateway.manage", "key.manage", "staff.manage", "accounting.close"},
    "cashier": _AT_THE_COUNTER,
    "accountant": (READS - {"message.read"})
    | {
        "accounting.close",
        "dispute.answer",
        "export.create",
        "invoice.create",
        "reconciliation.resolve",
        "settlement.import",
    },
    # Sees customers masked (`Caller.is_masked`) and sends things again; moves no money.
    "support": frozenset(
        {
            "catalog.read",
            "checkout.read",
            "customer.read",
            "dispute.read",
            "link.read",
            "message.read",
            "message.resend",
            "order.read",
            "payment.read",
            "stock.read",
            "store.read",
            "terminal.read",
            "webhook.read",
        }
    ),
    "auditor": READS,
}

# Roles that must sign in with a second factor. A cashier works at a paired till and may; an auditor only looks.
MFA_ROLES = frozenset({"owner", "manager", "accountant", "support"})

# Roles that read names and addresses in full; others see them masked.
UNMASKED_ROLES = frozenset({"owner", "manager", "cashier", "accountant", "auditor"})

# What of a price a role takes off alone, of a line and over an order, in basis points; who is not named has no limit. More needs another person's approval.
DISCOUNT_LIMITS: Mapping[str, int] = {"cashier": 1000, "register": 1000}

# A tablet sells and counts for its own store. It takes back goods within the limit of the person at it.
REGISTER_RIGHTS = _AT_THE_COUNTER

TERMINAL_RIGHTS = frozenset({"terminal.connect"})

# A key has one or more of these.
SCOPES: Mapping[str, frozenset[str]] = {
    "catalog": frozenset({"catalog.read", "stock.read", "store.read"}),
    "checkout": frozenset(
        {
            "cart.carry",
            "catalog.read",
            "checkout.create",
            "checkout.read",
            "link.create",
            "link.read",
            "order.read",
            "payment.read",
            "stock.read",
        }
    ),
    "orders": frozenset(
        {
            "customer.read",
            "invoice.create",
            "order.cancel",
            "order.create",
            "order.fulfil",
            "order.read",
            "payment.read",
        }
    ),
    "payments": frozenset({"dispute.answer", "dispute.read", "payment.capture", "payment.read", "refund.create"}),
    "stock": frozenset({"catalog.manage", "catalog.read", "stock.manage", "stock.read", "stock.receive", "store.read"}),
    "settlement": frozenset({"reconciliation.read", "reconciliation.resolve", "settlement.import", "settlement.read"}),
    "reports": frozenset(
        {
            "export.create",
            "ledger.read",
            "order.read",
            "payment.read",
            "reconciliation.read",
            "report.read",
            "settlement.read",
            "shift.read",
            "store.read",
        }
    ),
    "routing": frozenset({"gateway.read", "routing.manage"}),
    "webhooks": frozenset({"webhook.manage", "webhook.read"}),
}

PUBLIC = "public"

# Route name -> method -> right. HEAD needs what GET needs. A route that is missing here fails the tests.
ROUTES: Mapping[str, Mapping[str, str]] = {
    # who is calling, and where things are
    "accounts:me": {"GET": SIGNED_IN},
    "accounts:store-list": {"GET": "store.read"},
    "accounts:register-list": {"GET": "store.read"},
    # tablets
    "accounts:pairing": {"POST": PUBLIC},
    "accounts:pairing-code-create": {"POST": "device.manage"},
    "accounts:device-list": {"GET": "device.read"},
    "accounts:device-change": {"PATCH": "device.manage"},
    "accounts:device-revoke": {"POST": "device.manage"},
    "accounts:socket-ticket-create": {"POST": SIGNED_IN},
    # four eyes
    "approvals:approvals": {"GET": "approval.read", "POST": "approval.ask"},
    "approvals:approval": {"GET": "approval.read"},
    "approvals:grant-create": {"POST": "approval.give"},
    "approvals:refusal-create": {"POST": "approval.give"},
    "approvals:pin-grant-create": {"POST": "approval.ask"},
    "approvals:pin": {"POST": "pin.manage"},
    # keys and people
    "accounts:api-keys": {"GET": "key.manage", "POST": "key.manage"},
    "accounts:api-key-change": {"PATCH": "key.manage"},
    "accounts:api-key-revoke": {"POST": "key.manage"},
    "accounts:api-key-roll": {"POST": "key.manage"},
    "accounts:staff": {"GET": "staff.read", "POST": "staff.manage"},
    "accounts:staff-change": {"PATCH": "staff.manage"},
    # catalogue, prices, stock
    "inventory:catalog": {"GET": "catalog.read"},
    "inventory:barcode": {"GET": "catalog.read"},
    "inventory:product-create": {"POST": "catalog.manage"},
    "inventory:price-set": {"POST": "catalog.manage"},
    "inventory:price-lists": {"GET": "catalog.read", "POST": "catalog.manage"},
    "inventory:price-list-prices": {"GET": "catalog.read", "POST": "catalog.manage"},
    "inventory:coupons": {"GET": "catalog.read", "POST": "catalog.manage"},
    "inventory:coupon-end": {"POST": "catalog.manage"},
    "inventory:stock-list": {"GET": "stock.read"},
    "inventory:stock-adjust": {"POST": "stock.manage"},
    "inventory:stock-deliver": {"POST": "stock.manage"},
    "inventory:availability": {"GET": "stock.read"},
    "inventory:safety-set": {"POST": "stock.manage"},
    "inventory:low-level-set": {"POST": "stock.manage"},
    "inventory:deliveries": {"GET": "stock.read", "POST": "stock.manage"},
    "inventory:delivery": {"GET": "stock.read"},
    "inventory:delivery-receive": {"POST": "stock.receive"},
    "inventory:delivery-close": {"POST": "stock.manage"},
    "inventory:transfers": {"GET": "stock.read", "POST": "stock.manage"},
    "inventory:transfer": {"GET": "stock.read"},
    "inventory:transfer-receive": {"POST": "stock.receive"},
    "inventory:transfer-close": {"POST": "stock.manage"},
    "inventory:counts": {"GET": "stock.read", "POST": "stock.receive"},
    "inventory:count": {"GET": "stock.read"},
    "inventory:count-line-create": {"POST": "stock.receive"},
    "inventory:count-book": {"POST": "stock.manage"},
    "inventory:count-drop": {"POST": "stock.receive"},
    # the till
    "pos:sale-create": {"POST": "sale.create"},
    "pos:order-begin": {"POST": "order.create"},
    "pos:order-lines": {"POST": "order.create"},
    "pos:parked-list": {"GET": "order.read"},
    "pos:order-park": {"POST": "order.create"},
    "pos:order-resume": {"POST": "order.create"},
    "pos:order-discounts": {"GET": "order.read", "POST": "discount.give"},
    "pos:order-discount-remove": {"POST": "discount.give"},
    "pos:order-splits": {"GET": "order.read", "POST": "sale.create"},
    "pos:order-payment-create": {"POST": "sale.create"},
    "pos:order-return-create": {"POST": "refund.create"},
    "pos:offline-sale-create": {"POST": "sale.create"},
    "pos:batch-create": {"POST": "sale.create"},
    "pos:offline-rules": {"GET": "store.read", "PUT": "store.manage"},
    "pos:at-risk": {"GET": "payment.read"},
    "offline_pages:overview": {"GET": "payment.read"},
    "offline_pages:redemption-retry": {"POST": "voucher.manage"},
    "offline_pages:redemption-write-off": {"POST": "voucher.manage"},
    "pos:order-exchange-create": {"POST": "refund.create"},
    "pos:returnable": {"GET": "refund.create"},
    "pos:loose-returns": {"GET": "order.read", "POST": "refund.create"},
    "pos:loose-quote-create": {"POST": "refund.create"},
    "pos:loose-exchange-create": {"POST": "refund.create"},
    "pos:payment-refund-create": {"POST": "refund.create"},
    "pos:operation": {"GET": "payment.read"},
    "training:training-sale": {"GET": "sale.create"},
    "training:receipt-html": {"GET": "sale.create"},
    "training:receipt-pdf": {"GET": "sale.create"},
    "training:receipt-escpos": {"GET": "sale.create"},
    # shifts, drawers, X and Z
    "shifts:current-shift": {"GET": "shift.read"},
    "shifts:cashier-list": {"GET": "shift.read"},
    "shifts:shifts": {"GET": "shift.read", "POST": "shift.manage"},
    "shifts:shift": {"GET": "shift.read"},
    "shifts:movements": {"GET": "shift.read", "POST": "shift.manage"},
    "shifts:count-create": {"POST": "shift.manage"},
    "shifts:hand-over-create": {"POST": "shift.manage"},
    "shifts:shift-close": {"POST": "shift.manage"},
    "shifts:x-report": {"GET": "shift.read"},
    "shifts:x-html": {"GET": "shift.read"},
    "shifts:x-pdf": {"GET": "shift.read"},
    "shifts:x-escpos": {"GET": "shift.read"},
    "shifts:closings": {"GET": "shift.read"},
    "shifts:closing": {"GET": "shift.read"},
    "shifts:z-html": {"GET": "shift.read"},
    "shifts:z-pdf": {"GET": "shift.read"},
    "shifts:z-escpos": {"GET": "shift.read"},
    "shifts:drawer": {"GET": "shift.read", "PUT": "shift.approve"},
    "shifts:training-switch": {"PUT": "shift.approve"},
    "shifts:deposits": {"GET": "shift.read", "POST": "shift.manage"},
    # a payment's later life
    "after_sales:capture-create": {"POST": "payment.capture"},
    "after_sales:increment-create": {"POST": "payment.capture"},
    "after_sales:tip-create": {"POST": "payment.capture"},
    "after_sales:void-create": {"POST": "payment.capture"},
    "after_sales:look-up-create": {"POST": "payment.capture"},
    "after_sales:override-create": {"POST": "payment.override"},
    "after_sales:unresolved-list": {"GET": "payment.read"},
    "after_sales:refund-proposal": {"GET": "refund.create"},
    "after_sales:order-refund-create": {"POST": "refund.create"},
    "after_sales:overpayment-refund-create": {"POST": "refund.create"},
    "after_sales:stored-card-charge-create": {"POST": "checkout.create"},
    "vouchers:vouchers": {"GET": "voucher.read"},
    "vouchers:voucher": {"GET": "voucher.read"},
    "vouchers:balance-look-up-create": {"POST": "sale.create"},
    "vouchers:order-voucher-list": {"GET": "sale.create"},
    "vouchers:block-create": {"POST": "voucher.manage"},
    "vouchers:redemption-retry-create": {"POST": "voucher.manage"},
    "vouchers:redemption-write-off-create": {"POST": "voucher.manage"},
    "vouchers:unblock-create": {"POST": "voucher.manage"},
    # settling and proving
    "settlement:reports": {"GET": "settlement.read", "POST": "settlement.import"},
    "settlement:report-fetch-create": {"POST": "settlement.import"},
    "settlement:report": {"GET": "settlement.read"},
    "settlement:report-lines": {"GET": "settlement.read"},
    "settlement:payouts": {"GET": "settlement.read"},
    "settlement:payout": {"GET": "settlement.read"},
    "reconciliation:bank-accounts": {"GET": "reconciliation.read"},
    "reconciliation:statements": {"GET": "reconciliation.read", "POST": "settlement.import"},
    "reconciliation:statement-fetch-create": {"POST": "settlement.import"},
    "reconciliation:statement": {"GET": "reconciliation.read"},
    "reconciliation:runs": {"GET": "reconciliation.read", "POST": "reconciliation.resolve"},
    "reconciliation:run": {"GET": "reconciliation.read"},
    "reconciliation:exceptions": {"GET": "reconciliation.read"},
    "reconciliation:exception": {"GET": "reconciliation.read"},
    "reconciliation:exception-resolve": {"POST": "reconciliation.resolve"},
    # disputes
    "disputes:disputes": {"GET": "dispute.read", "POST": "dispute.answer"},
    "disputes:dispute": {"GET": "dispute.read"},
    "disputes:file-create": {"POST": "dispute.answer"},
    "disputes:file": {"GET": "dispute.read", "DELETE": "dispute.answer"},
    "disputes:evidence-create": {"POST": "dispute.answer"},
    "disputes:acceptance-create": {"POST": "dispute.answer"},
    "disputes:outcome-create": {"POST": "dispute.answer"},
    # routing
    "routing:plan": {"GET": "gateway.read"},
    "routing:plans": {"GET": "gateway.read", "POST": "routing.manage"},
    "routing:route": {"GET": "gateway.read"},
    "routing:decision-list": {"GET": "gateway.read"},
    "routing:decision-replay": {"GET": "gateway.read"},
    # carts, from channel to channel
    "carts:carts": {"GET": "order.read", "POST": "checkout.create"},
    "carts:cart": {"GET": "order.read"},
    "carts:cart-lines": {"POST": "checkout.create"},
    "carts:cart-reserve": {"POST": "cart.carry"},
    "carts:cart-code-create": {"POST": "cart.carry"},
    "carts:cart-code-qr": {"GET": "cart.carry"},
    "carts:hand-off-create": {"POST": "cart.carry"},
    "fulfilment:pickups": {"GET": "order.read"},
    "fulfilment:pickup-pick": {"POST": "order.fulfil"},
    "fulfilment:pickup-collect": {"POST": "order.fulfil"},
    "pos:order-sources": {"POST": "order.create"},
    "pos:order-delivery": {"POST": "order.create"},
    "after_sales:line-cancellation-create": {"POST": "refund.create"},
    "after_sales:return-rules": {"GET": "store.read", "PUT": "store.manage"},
    "after_sales:cancellation-create": {"POST": "order.cancel"},
    "after_sales_pages:cancellation-create": {"POST": "order.cancel"},
    "cart_pages:cart-list": {"GET": "order.read"},
    "cart_pages:parked-list": {"GET": "order.read"},
    "cart_pages:customer-detail": {"GET": "customer.read"},
    "fulfilment_pages:pickup-board": {"GET": "order.read"},
    "fulfilment_pages:pickup-pick": {"POST": "order.fulfil"},
    "fulfilment_pages:pickup-collect": {"POST": "order.fulfil"},
    # signs, codes and phone orders
    "checkout:cart": {"GET": PUBLIC, "POST": PUBLIC},
    "checkout:sign": {"GET": PUBLIC, "POST": PUBLIC},
    "checkout-api:cart-checkout-create": {"POST": "checkout.create"},
    "checkout-api:delivery-method-set": {"POST": "catalog.manage"},
    "checkout-api:delivery-rates-set": {"POST": "catalog.manage"},
    "checkout-api:signs": {"GET": "link.read", "POST": "link.create"},
    "checkout-api:sign-end": {"POST": "link.create"},
    "checkout-api:sign-qr-svg": {"GET": "link.read"},
    "checkout-api:sign-qr-png": {"GET": "link.read"},
    "checkout-api:payees": {"GET": "link.read", "POST": "gateway.manage"},
    "checkout-api:order-epc-svg": {"GET": "link.read"},
    "checkout-api:order-epc-png": {"GET": "link.read"},
    "checkout-api:order-epc-txt": {"GET": "link.read"},
    "checkout-api:order-swish-svg": {"GET": "link.read"},
    "checkout-api:order-swish-png": {"GET": "link.read"},
    "checkout-api:order-swish-txt": {"GET": "link.read"},
    "link_pages:phone-order-create": {"GET": "checkout.create", "POST": "checkout.create"},
    # papers
    "fulfilment:fulfilment-create": {"POST": "order.fulfil"},
    "documents:receipt": {"GET": "order.read"},
    "documents:receipt-print-create": {"POST": "order.create"},
    "documents:invoices": {"GET": "order.read"},
    "documents:order-invoice-create": {"POST": "invoice.create"},
    "documents:credit-note-create": {"POST": "invoice.create"},
    "invoice_pages:invoice-create": {"GET": "invoice.create", "POST": "invoice.create"},
    "invoice_pages:credit-note-create": {"GET": "invoice.create", "POST": "invoice.create"},
    "documents:receipt-html": {"GET": "order.read"},
    "documents:receipt-pdf": {"GET": "order.read"},
    "documents:receipt-escpos": {"GET": "order.read"},
    # reading, and files out
    "search:order-list": {"GET": "order.read"},
    "search:order-detail": {"GET": "order.read"},
    "search:payment-list": {"GET": "payment.read"},
    "search:payment-detail": {"GET": "payment.read"},
    "search:journal-list": {"GET": "ledger.read"},
    "exports:exports": {"GET": "export.create", "POST": "export.create"},
    "exports:export-stream": {"GET": "export.create"},
    "exports:export-detail": {"GET": "export.create"},
    "exports:export-download": {"GET": "export.create"},
    # card terminals
    "terminals:terminals": {"GET": "terminal.read", "POST": "terminal.manage"},
    "terminals:terminal": {"GET": "terminal.read", "PATCH": "terminal.manage"},
    "terminals:pairing-code-create": {"POST": "terminal.manage"},
    "terminals:revoke": {"POST": "terminal.manage"},
    "terminals:pairing": {"POST": PUBLIC},
    "card_present:cancel": {"POST": "sale.create"},
    "card_present:status": {"GET": "terminal.read"},
    "card_present:sample-payments": {"GET": "terminal.read", "POST": "terminal.manage"},
    "card_present:health": {"GET": "terminal.read"},
    "card_present:checks": {"GET": "terminal.read", "POST": "terminal.manage"},
    "card_present:display": {"POST": "sale.create"},
    "card_present:open-payment-list": {"GET": "payment.read"},
    "card_present:settings": {"GET": "terminal.read", "PATCH": "terminal.manage"},
    "card_present:settings-deliver": {"POST": "terminal.manage"},
    "card_present:merchant-settings": {"GET": "terminal.read", "PATCH": "terminal.manage"},
    "card_present:store-settings": {"GET": "terminal.read", "PATCH": "terminal.manage"},
    # webhooks and mails
    "messages:endpoints": {"GET": "webhook.read", "POST": "webhook.manage"},
    "messages:endpoint": {"GET": "webhook.read", "PATCH": "webhook.manage", "DELETE": "webhook.manage"},
    "messages:endpoint-secret-roll": {"POST": "webhook.manage"},
    "messages:delivery-list": {"GET": "webhook.read"},
    "messages:delivery": {"GET": "webhook.read"},
    "messages:delivery-resend": {"POST": "webhook.manage"},
    "messages:message-list": {"GET": "message.read"},
    "messages:message-resend": {"POST": "message.resend"},
    # for shoppers and processors: what the address holds is the secret, or the body is signed
    "receipts:receipt": {"GET": PUBLIC},
    "receipts:receipt-pdf": {"GET": PUBLIC},
    "webhook-receive": {"POST": PUBLIC},
    # a demo installation's own control, guarded by its key and off everywhere else
    "demo:merchants": {"POST": PUBLIC},
    "demo:merchant": {"GET": PUBLIC},
    "demo:clock": {"PUT": PUBLIC},
    "demo:run": {"POST": PUBLIC},
    "demo:job": {"GET": PUBLIC},
    "checkout:pay": {"GET": PUBLIC},
    "checkout:start": {"POST": PUBLIC},
    "checkout:return": {"GET": PUBLIC},
    "checkout:state": {"GET": PUBLIC},
    "checkout:order": {"GET": PUBLIC},
    # checkout and links
    "checkout-api:delivery-method-list": {"GET": "checkout.read"},
    "checkout-api:checkout-create": {"POST": "checkout.create"},
    "checkout-api:checkout": {"GET": "checkout.read", "PATCH": "checkout.create"},
    "checkout-api:checkout-payment-create": {"POST": "checkout.create"},
    "checkout-api:links": {"GET": "link.read", "POST": "link.create"},
    "checkout-api:link": {"GET": "link.read"},
    "checkout-api:link-revoke": {"POST": "link.create"},
    "checkout-api:link-qr-svg": {"GET": "link.read"},
    "checkout-api:link-qr-png": {"GET": "link.read"},
    # pages of the back office
    "goods_in_pages:delivery-list": {"GET": "stock.read"},
    "goods_in_pages:delivery-create": {"GET": "stock.manage", "POST": "stock.manage"},
    "goods_in_pages:delivery-detail": {"GET": "stock.read"},
    "goods_in_pages:delivery-receive": {"POST": "stock.receive"},
    "goods_in_pages:delivery-close": {"POST": "stock.manage"},
    "goods_in_pages:transfer-list": {"GET": "stock.read"},
    "goods_in_pages:transfer-create": {"GET": "stock.manage", "POST": "stock.manage"},
    "goods_in_pages:transfer-detail": {"GET": "stock.read"},
    "goods_in_pages:transfer-receive": {"POST": "stock.receive"},
    "goods_in_pages:transfer-close": {"POST": "stock.manage"},
    "goods_in_pages:count-list": {"GET": "stock.read"},
    "goods_in_pages:count-create": {"GET": "stock.receive", "POST": "stock.receive"},
    "goods_in_pages:count-detail": {"GET": "stock.read"},
    "goods_in_pages:count-line-create": {"POST": "stock.receive"},
    "goods_in_pages:count-book": {"POST": "stock.manage"},
    "goods_in_pages:count-drop": {"POST": "stock.receive"},
    "overview_pages:home": {"GET": SIGNED_IN},
    "search_pages:payment-list": {"GET": "payment.read"},
    "search_pages:payment-detail": {"GET": "payment.read"},
    "search_pages:order-list": {"GET": "order.read"},
    "search_pages:order-detail": {"GET": "order.read"},
    "search_pages:search": {"GET": "order.read"},
    "after_sales_pages:refund-create": {"GET": "refund.create", "POST": "refund.create"},
    "after_sales_pages:order-refund-create": {"GET": "refund.create", "POST": "refund.create"},
    "after_sales_pages:capture-create": {"GET": "payment.capture", "POST": "payment.capture"},
    "after_sales_pages:tip-create": {"GET": "payment.capture", "POST": "payment.capture"},
    "after_sales_pages:increment-create": {"GET": "payment.capture", "POST": "payment.capture"},
    "after_sales_pages:overpayment-refund-create": {"POST": "refund.create"},
    "after_sales_pages:unresolved-list": {"GET": "payment.read"},
    "after_sales_pages:override-create": {"POST": "payment.override"},
    "after_sales_pages:void-create": {"POST": "payment.capture"},
    "after_sales_pages:look-up-create": {"POST": "payment.capture"},
    "fulfilment_pages:hand-over-create": {"POST": "order.fulfil"},
    "link_pages:link-list": {"GET": "link.read"},
    "link_pages:link-create": {"GET": "link.create", "POST": "link.create"},
    "link_pages:link-detail": {"GET": "link.read"},
    "link_pages:link-withdraw": {"POST": "link.create"},
    "link_pages:order-link-create": {"POST": "link.create"},
    "live_pages:wall": {"GET": "terminal.read"},
    "terminal_pages:terminal-create": {"GET": "terminal.manage", "POST": "terminal.manage"},
    "terminal_pages:terminal-detail": {"GET": "terminal.read"},
    "terminal_pages:pairing-code-create": {"POST": "terminal.manage"},
    "terminal_pages:sample-payment-create": {"POST": "terminal.manage"},
    "terminal_pages:check-create": {"POST": "terminal.manage"},
    "terminal_pages:settings-deliver": {"POST": "terminal.manage"},
    "terminal_pages:settings": {"GET": "terminal.read", "POST": "terminal.manage"},
    "terminal_pages:merchant-settings": {"GET": "terminal.read", "POST": "terminal.manage"},
    "terminal_pages:store-settings": {"GET": "terminal.read", "POST": "terminal.manage"},
    "terminal_pages:payment-cancel": {"GET": "sale.create", "POST": "sale.create"},
    "settlement_pages:payout-list": {"GET": "settlement.read"},
    "settlement_pages:payout-detail": {"GET": "settlement.read"},
    "reconciliation_pages:workbench": {"GET": "reconciliation.read"},
    "reconciliation_pages:run-create": {"POST": "reconciliation.resolve"},
    "reconciliation_pages:exception-detail": {"GET": "reconciliation.read", "POST": "reconciliation.resolve"},
    "reconciliation_pages:import-list": {"GET": "settlement.read", "POST": "settlement.import"},
    "reconciliation_pages:report-detail": {"GET": "settlement.read"},
    "reconciliation_pages:report-progress": {"GET": "settlement.read"},
    "reconciliation_pages:statement-detail": {"GET": "settlement.read"},
    "reconciliation_pages:statement-progress": {"GET": "settlement.read"},
    "routing_pages:gateway-list": {"GET": "gateway.read"},
    "routing_pages:rule-create": {"GET": "routing.manage", "POST": "routing.manage"},
    "routing_pages:rule-change": {"GET": "routing.manage", "POST": "routing.manage"},
    "routing_pages:rule-move": {"POST": "routing.manage"},
    "dispute_pages:dispute-list": {"GET": "dispute.read"},
    "dispute_pages:dispute-detail": {"GET": "dispute.read"},
    "dispute_pages:dispute-create": {"GET": "dispute.answer", "POST": "dispute.answer"},
    "dispute_pages:evidence-create": {"POST": "dispute.answer"},
    "dispute_pages:acceptance-create": {"POST": "dispute.answer"},
    "dispute_pages:file-create": {"POST": "dispute.answer"},
    "dispute_pages:file": {"GET": "dispute.read"},
    "dispute_pages:file-delete": {"POST": "dispute.answer"},
    "dispute_pages:outcome-create": {"POST": "dispute.answer"},
    "dispute_pages:answer-resend": {"POST": "dispute.answer"},
    "stock_pages:stock-list": {"GET": "stock.read"},
    "shift_pages:day-close": {"GET": "shift.read"},
    "shift_pages:till": {"GET": "shift.read"},
    "shift_pages:till-rules": {"POST": "shift.approve"},
    "shift_pages:till-training": {"POST": "shift.approve"},
    "shift_pages:shift-detail": {"GET": "shift.read"},
    "shift_pages:shift-count": {"POST": "shift.manage"},
    "shift_pages:shift-close": {"POST": "shift.manage"},
    "shift_pages:shift-hand-over": {"POST": "shift.manage"},
    "shift_pages:shift-open": {"GET": "shift.manage", "POST": "shift.manage"},
    "shift_pages:movement-create": {"POST": "shift.manage"},
    "shift_pages:closing-detail": {"GET": "shift.read"},
    "shift_pages:closing-html": {"GET": "shift.read"},
    "shift_pages:closing-pdf": {"GET": "shift.read"},
    "shift_pages:closing-escpos": {"GET": "shift.read"},
    "shift_pages:deposit-create": {"GET": "shift.manage", "POST": "shift.manage"},
    "export_pages:export-list": {"GET": "export.create", "POST": "export.create"},
    "export_pages:export-create": {"GET": "export.create"},
    "export_pages:export-row": {"GET": "export.create"},
    "export_pages:export-download": {"GET": "export.create"},
    "message_pages:webhook-log": {"GET": "webhook.read"},
    "message_pages:endpoint-create": {"GET": "webhook.manage", "POST": "webhook.manage"},
    "message_pages:endpoint-detail": {"GET": "webhook.read"},
    "message_pages:endpoint-secret-roll": {"POST": "webhook.manage"},
    "message_pages:endpoint-switch": {"POST": "webhook.manage"},
    "message_pages:delivery-detail": {"GET": "webhook.read"},
    "message_pages:delivery-resend": {"POST": "webhook.manage"},
    "approval_pages:approval-list": {"GET": "approval.read"},
    "approval_pages:grant-create": {"POST": "approval.give"},
    "approval_pages:refusal-create": {"POST": "approval.give"},
    "approval_pages:pin-set": {"POST": "pin.manage"},
    "people_pages:staff": {"GET": "staff.read", "POST": "staff.manage"},
    "people_pages:staff-switch": {"POST": "staff.manage"},
    "people_pages:api-keys": {"GET": "key.manage", "POST": "key.manage"},
    "people_pages:api-key-roll": {"POST": "key.manage"},
    "people_pages:api-key-end": {"POST": "key.manage"},
}


def rights_of_role(role: str) -> frozenset[str]:
    """Return the rights of a role."""
    return ROLES[role]


def rights_of_scopes(scopes: list[str]) -> frozenset[str]:
    """Return the rights of an API key's scopes. A scope that no longer exists gives nothing."""
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
