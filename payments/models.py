"""Index of the tables of `payments`."""

from payments.checkout.models import DeliveryMethod, PaymentLink
from payments.fees.models import FeeContract
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, Deposit, Deviation, Match, StatementFile, StatementLine
from payments.records.models import Evidence, Operation, Payment, TillEntry
from payments.settlement.models import Payout, ReportFile, SettlementLine
from payments.vouchers.models import Voucher, VoucherMovement
from payments.webhooks.models import InboundWebhook

__all__ = [
    "BankAccount",
    "DeliveryMethod",
    "Deposit",
    "Deviation",
    "Evidence",
    "FeeContract",
    "GatewayAccount",
    "InboundWebhook",
    "Match",
    "Operation",
    "Payment",
    "PaymentLink",
    "Payout",
    "ReportFile",
    "SettlementLine",
    "StatementFile",
    "StatementLine",
    "TillEntry",
    "Voucher",
    "VoucherMovement",
]
