"""The webhook log: endpoints, deliveries, attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.parts import Action, Fact, ListFrame, Notice


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """`status` is a value of the delivery family: active or disabled."""

    id: str
    page_url: str
    address: str
    events: str
    status: str
    delivered: int
    failed: int
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event on its way to one endpoint; `next_at` is None when nothing more is tried."""

    id: str
    url: str
    event: str
    subject: str
    created_at: datetime
    status: str
    attempts: int
    answer: str = ""
    next_at: datetime | None = None
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """All endpoints above, the latest deliveries below."""

    endpoints: tuple[EndpointRow, ...]
    list: ListFrame
    rows: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """`secret_once` is filled only on the page that follows creation or rolling; it is never shown again."""

    address: str
    status: str
    facts: tuple[Fact, ...]
    list: ListFrame
    rows: tuple[DeliveryRow, ...]
    actions: tuple[Action, ...] = ()
    secret_once: str = ""
    back_url: str = "/webhook-log/"


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try, the newest first."""

    number: int
    at: datetime
    answer: str
    duration_text: str
    is_success: bool
    body: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery with what is sent and every try."""

    event: str
    status: str
    facts: tuple[Fact, ...]
    attempts: tuple[AttemptRow, ...]
    request_headers: str
    request_body: str
    next_at: datetime | None = None
    resend: Action | None = None
    notice: Notice | None = None
    back_url: str = "/webhook-log/"
