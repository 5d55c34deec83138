"""
Who may do what. A *right* is a noun and a verb (`refund.create`). A role, an API key's scope, a register and a terminal are sets of rights.

Which right a route needs stands in `routes.py`. Stores and amounts narrow a right further: see `Caller`.
"""

from __future__ import annotations

from collections.abc import Mapping

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
        "request.read",
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
        "accounting.manage",  # account numbers and what journal files say
        "accounting.reopen",  # open a closed period again; needs two people
        "approval.ask",  # for another person's yes to one act
        "approval.give",  # beside the right that is asked for
        "cart.carry",  # take a cart over, pass it on, keep its pieces
        "catalog.manage",
        "checkout.create",
        "customer.manage",  # change, join two records, consent, hand out and erase a person's data
        "customer.reveal",  # see in full, for a reason that is written down, whom one sees masked
        "device.manage",  # pair and revoke tablets
        "discount.approve",  # beyond the other person's limit
        "discount.give",
        "dispute.answer",  # evidence, acceptance, what a letter says
        "export.create",
        "fee.manage",  # what gateway accounts may charge
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
        "rate.manage",  # what foreign currencies are worth in the books
        "reconciliation.approve",  # a decision above the other person's limit
        "reconciliation.close",  # declare a batch done; nothing of it is undone then
        "reconciliation.resolve",
        "reconciliation.rules",  # how lines are matched and who decides how much alone
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
    "manager": RIGHTS
    - {
        "accounting.close",
        "accounting.manage",
        "accounting.reopen",
        "gateway.manage",
        "key.manage",
        "staff.manage",
    },
    "cashier": _AT_THE_COUNTER,
    "accountant": (READS - {"message.read"})
    | {
        "accounting.close",
        "accounting.manage",
        "accounting.reopen",
        "approval.give",
        "approval.ask",
        "dispute.answer",
        "export.create",
        "fee.manage",
        "invoice.create",
        "rate.manage",
        "reconciliation.close",
        "reconciliation.resolve",
        "settlement.import",
    },
    # Sees customers masked (`Caller.is_masked`) and sends things again; moves no money.
    "support": frozenset(
        {
            "catalog.read",
            "checkout.read",
            "customer.read",
            "customer.reveal",
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

# A tablet sells and counts for its own store. It takes back goods within the limit of the person at it, and cancels orders, whose cash goes back
# out of its drawer: nobody else can.
REGISTER_RIGHTS = _AT_THE_COUNTER | {"order.cancel"}

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
    "customers": frozenset({"customer.manage", "customer.read"}),
    "payments": frozenset({"dispute.answer", "dispute.read", "payment.capture", "payment.read", "refund.create"}),
    "stock": frozenset({"catalog.manage", "catalog.read", "stock.manage", "stock.read", "stock.receive", "store.read"}),
    "settlement": frozenset(
        {"fee.manage", "reconciliation.read", "reconciliation.resolve", "settlement.import", "settlement.read"}
    ),
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


# What processors and banks pay, and what was done and asked everywhere, is the whole merchant's: no row of it is one store's alone.
OF_ALL_STORES = frozenset(
    {
        "audit.read",
        "fee.manage",
        "reconciliation.approve",
        "reconciliation.close",
        "reconciliation.read",
        "reconciliation.resolve",
        "reconciliation.rules",
        "request.read",
        "settlement.import",
        "settlement.read",
    }
)


def rights_of_role(role: str, *, at_all_stores: bool = True) -> frozenset[str]:
    """Return the rights of a role; of somebody who works at some stores only, without what is the whole merchant's."""
    return ROLES[role] if at_all_stores else ROLES[role] - OF_ALL_STORES


def rights_of_scopes(scopes: list[str]) -> frozenset[str]:
    """Return the rights of an API key's scopes. A scope that no longer exists gives nothing."""
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
