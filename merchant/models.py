"""Index of the tables of `merchant`."""

from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.models import ApiKey, Device, DiscountLimit, PairingCode, StaffMember, User
from merchant.accounts.requests.models import RequestLine
from merchant.branding.models import Brand
from merchant.core.audit.models import AuditCheck, AuditEntry, AuditHead, AuditLink
from merchant.core.clock import BusinessClock
from merchant.core.idempotency.models import StoredAnswer
from merchant.core.jobs.models import Job
from merchant.core.outbound import OutboundPause
from merchant.core.outbox.models import OutboxEvent
from merchant.core.vault.models import DataKey, MasterKey
from merchant.customers.models import Customer, CustomerConsent
from merchant.ledger.models import Account, ExchangeRate, Journal, PeriodLock, Posting
from merchant.merchants.models import Merchant, Register, Store
from merchant.messages.models import Message, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchant.sales_channels.models import Channel

__all__ = [
    "Account",
    "ApiKey",
    "Approval",
    "AuditCheck",
    "AuditEntry",
    "AuditHead",
    "AuditLink",
    "Brand",
    "BusinessClock",
    "Channel",
    "Customer",
    "CustomerConsent",
    "DataKey",
    "Device",
    "DiscountLimit",
    "ExchangeRate",
    "Job",
    "Journal",
    "MasterKey",
    "Merchant",
    "Message",
    "OutboundPause",
    "OutboxEvent",
    "PairingCode",
    "PeriodLock",
    "Posting",
    "Register",
    "RequestLine",
    "StaffMember",
    "StaffPin",
    "Store",
    "StoredAnswer",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
