"""How far a merchant has come, in one statement."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.accounts.models import User
from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.models import Merchant
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import TAKES_NO_PAYMENTS


@dataclass(frozen=True, slots=True)
class Progress:
    """Which steps are done. `is_testing` while a test payment has no answer. A terminal counts once it was connected: one that was only registered takes no card."""

    has_store: bool
    has_product: bool
    has_gateway: bool
    has_payment: bool
    is_testing: bool
    has_terminal: bool
    has_staff: bool
    has_bank: bool

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return all(
            (
                self.has_store,
                self.has_product,
                self.has_gateway,
                self.has_payment,
                self.has_terminal,
                self.has_staff,
                self.has_bank,
            )
        )


_PROGRESS = """
SELECT
    EXISTS (SELECT FROM merchant_store WHERE merchant_id = %(merchant)s),
    EXISTS (SELECT FROM pricing_price WHERE merchant_id = %(merchant)s),
    EXISTS (SELECT FROM gateway_account WHERE merchant_id = %(merchant)s AND is_active AND NOT gateway = ANY(%(reported)s)),
    EXISTS (SELECT FROM payment_payment WHERE merchant_id = %(merchant)s AND authorised_minor > 0),
    EXISTS (SELECT FROM payment_operation WHERE merchant_id = %(merchant)s AND kind = 'authorise' AND status IN ('requested', 'submitted', 'unknown')),
    EXISTS (SELECT FROM terminal_terminal WHERE merchant_id = %(merchant)s AND token_hash IS NOT NULL AND last_seen_at IS NOT NULL),
    (SELECT count(*) > 1 FROM (SELECT FROM merchant_staff_member WHERE merchant_id = %(merchant)s AND is_active LIMIT 2) people),
    EXISTS (SELECT FROM bank_account WHERE merchant_id = %(merchant)s)
"""


def progress() -> Progress:
    """Return how far the merchant in scope has come. One statement, whose parts end at the first row."""
    parameters = {"merchant": current_merchant_id(), "reported": list(TAKES_NO_PAYMENTS)}
    [row] = db.rows(_PROGRESS, parameters)
    return Progress(*row)


def is_untouched() -> bool:
    """Whether nobody is known here yet and nothing is sold: the installation waits for its first owner."""
    return not User.objects.exists() and not Merchant.objects.exists()


def only_sandbox_pays() -> bool:
    """Whether the merchant's payments go to the sandbox and nowhere else."""
    accounts = GatewayAccount.objects.filter(is_active=True).exclude(gateway__in=TAKES_NO_PAYMENTS)
    return set(accounts.values_list("gateway", flat=True)) == {"sandbox"}
