"""Index of the tables of `payments`."""

from payments.checkout.models import DeliveryMethod, DeliveryRate, Payee, PaymentLink, Sign
from payments.disputes.models import Dispute, DisputeFile, DisputeMovement, DisputeNote, DisputeReply
from payments.fees.models import FeeContract
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount, Deposit, Deviation, Match, StatementFile, StatementLine
from payments.records.models import Evidence, Operation, Payment, PaymentOverride, StoredCredential, TillEntry
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.settlement.models import Payout, ReportFile, SettlementLine
from payments.vouchers.models import Voucher, VoucherMovement
from payments.webhooks.models import InboundWebhook

__all__ = [
    "BankAccount",
    "DeliveryMethod",
    "DeliveryRate",
    "Deposit",
    "Deviation",
    "Dispute",
    "DisputeFile",
    "DisputeMovement",
    "DisputeNote",
    "DisputeReply",
    "Evidence",
    "FeeContract",
    "GatewayAccount",
    "InboundWebhook",
    "Match",
    "Operation",
    "Payee",
    "Payment",
    "PaymentLink",
    "PaymentOverride",
    "Payout",
    "ReportFile",
    "RoutingDecision",
    "RoutingPlan",
    "SettlementLine",
    "Sign",
    "StatementFile",
    "StatementLine",
    "StoredCredential",
    "TillEntry",
    "Voucher",
    "VoucherMovement",
]
