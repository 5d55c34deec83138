"""Reads of the audit log: the filtered list, who is in it, and how far the chain is sealed and proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from merchant.accounts import sign_ins
from merchant.accounts.models import StaffMember
from merchant.core.audit.models import AuditCheck, AuditEntry, AuditHead
from merchant.core.filters import FilterReader, FilterRefused, midnight, typed_id
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.queries import get_merchant
from payments.records.models import Payment

AUDIT_FILTERS = ("actor", "kind", "action", "subject", "date_from", "date_to")
KINDS = ("staff", "register", "api_key", "terminal", "shopper", "system")


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What the log is narrowed by. Empty fields do not narrow; days are the merchant's, both inclusive. `action` may end in `*`."""

    actor_ids: tuple[UUID, ...] = ()
    kinds: tuple[str, ...] = ()
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_filters(params: Mapping[str, str]) -> AuditFilters:
    """Return the filters of a query string. :raises FilterRefused: for what is unknown or cannot be understood."""
    reader = FilterReader(params, known=AUDIT_FILTERS)
    zone = get_merchant(current_merchant_id()).zone
    return AuditFilters(
        actor_ids=reader.keys("actor"),
        kinds=reader.choices("kind", KINDS),
        action=reader.text("action"),
        subject=_subject(reader.text("subject")),
        since=midnight(reader.day("date_from"), zone),
        until=midnight(reader.day("date_to"), zone, days=1),
    )


def find_entries(filters: AuditFilters) -> QuerySet[AuditEntry]:
    """Return the entries that the filters let through, in no order yet."""
    wanted: dict[str, Any] = {
        "actor_id__in": filters.actor_ids, "actor_kind__in": filters.kinds, "subject": filters.subject, "at__gte": filters.since,
        "at__lt": filters.until,
    }  # fmt: skip
    if filters.action == "sign_in.*":
        wanted["action__in"] = sign_ins.ACTIONS
    elif filters.action:
        ends_open = filters.action.endswith("*")
        wanted["action__startswith" if ends_open else "action"] = filters.action.rstrip("*")
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, "", ())}
    )
    return rows


def currencies_of(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Return the currency of every payment that is the subject of one of `entries`, by subject, with one statement; none where there is none."""
    ids = {entry.subject.partition(":")[2] for entry in entries if entry.subject.startswith("payment:")}
    known = (
        Payment.objects.filter(id__in=[key for key in ids if typed_id(key)]).values_list("id", "currency")
        if ids
        else ()
    )
    return {f"payment:{key}": currency for key, currency in known}


def list_people() -> list[tuple[UUID, str]]:
    """Return everybody who works or worked here, by name."""
    members = StaffMember.objects.select_related("user")
    return sorted(((member.id, str(member.user)) for member in members), key=lambda pair: pair[1].casefold())


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain is sealed, and what the last look at it found."""

    head: AuditHead | None
    check: AuditCheck | None


def chain_state() -> ChainState:
    """Return the newest seal and the newest look at the chain, with two statements."""
    return ChainState(AuditHead.objects.order_by("-position").first(), AuditCheck.objects.order_by("-id").first())


def _subject(text: str) -> str:
    """An object is written as `payment:<id>`, or as the address of its page."""
    if not text.startswith(("/", "http")):
        return text
    parts = [part for part in text.split("?")[0].split("/") if part]
    if len(parts) < 2:
        raise FilterRefused(name="subject", reason=_("it is written as payment:<id>, or as the address of a page"))
    kind = parts[-2].replace("-", "_")
    return f"{kind.removesuffix('s') if kind != 'staff' else kind}:{parts[-1]}"
