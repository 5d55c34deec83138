"""Index of the tables of `payments`."""

from payments.accounting.models import AccountNumber, AccountPlan, JournalExport
from payments.after_sales.models import LooseReturn, ReturnRules
from payments.checkout.models import DeliveryMethod, DeliveryRate, Payee, PaymentLink, Sign
from payments.disputes.models import Dispute, DisputeFile, DisputeMovement, DisputeNote, DisputeReply
from payments.fees.models import FeeContract, FeePrice
from payments.gateways.models import GatewayAccount
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.models import BankAccount, Deposit, Deviation, Match, StatementFile, StatementLine
from payments.records.models import Evidence, Operation, Payment, PaymentOverride, StoredCredential, TillEntry
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.settlement.models import (
    ColumnMapping,
    FeeParts,
    LineChange,
    Payout,
    ReportFile,
    SettlementLine,
    UnknownFile,
)
from payments.vouchers.models import OfflineRedemption, Voucher, VoucherMovement
from payments.webhooks.models import InboundWebhook

__all__ = [
    "AccountNumber",
    "AccountPlan",
    "BankAccount",
    "BatchClosing",
    "ColumnMapping",
    "Decision",
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
    "FeeParts",
    "FeePrice",
    "GatewayAccount",
    "InboundWebhook",
    "JournalExport",
    "LineChange",
    "LooseReturn",
    "Match",
    "MatchRules",
    "OfflineRedemption",
    "Operation",
    "Payee",
    "Payment",
    "PaymentLink",
    "PaymentOverride",
    "Payout",
    "ReportFile",
    "ReturnRules",
    "RoutingDecision",
    "RoutingPlan",
    "SettlementLine",
    "Sign",
    "StatementFile",
    "StatementLine",
    "StoredCredential",
    "TillEntry",
    "UnknownFile",
    "Voucher",
    "VoucherMovement",
]
