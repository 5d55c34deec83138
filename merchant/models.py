"""Index of the tables of `merchant`."""

from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.models import ApiKey, Device, DiscountLimit, PairingCode, StaffMember, User
from merchant.core.audit.models import AuditEntry, AuditHead, AuditLink
from merchant.core.clock import BusinessClock
from merchant.core.idempotency.models import StoredAnswer
from merchant.core.jobs.models import Job
from merchant.core.outbound import OutboundPause
from merchant.core.outbox.models import OutboxEvent
from merchant.core.vault.models import DataKey
from merchant.customers.models import Customer
from merchant.ledger.models import Account, ExchangeRate, Journal, PeriodLock, Posting
from merchant.merchants.models import Merchant, Register, Store
from merchant.messages.models import Message, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchant.sales_channels.models import Channel

__all__ = [
    "Account",
    "ApiKey",
    "Approval",
    "AuditEntry",
    "AuditHead",
    "AuditLink",
    "BusinessClock",
    "Channel",
    "Customer",
    "DataKey",
    "Device",
    "DiscountLimit",
    "ExchangeRate",
    "Job",
    "Journal",
    "Merchant",
    "Message",
    "OutboundPause",
    "OutboxEvent",
    "PairingCode",
    "PeriodLock",
    "Posting",
    "Register",
    "StaffMember",
    "StaffPin",
    "Store",
    "StoredAnswer",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
