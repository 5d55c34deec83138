"""
The inbox put together: one queue over all modules, ranked by money and deadline.

The rank is a rough order for people, not a figure: an amount counts as it is written, whatever its currency, and a thing without one as `_WITHOUT_MONEY`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchant.accounts.models import StaffMember
from merchant.core.clock import business_date, business_now
from merchant.core.money import exponent
from merchant.core.pages.display import duration_text
from reports.overview import need_queries, needs
from reports.overview.building import Look
from reports.overview.inbox_pages import InboxRow
from reports.overview.models import NeedOwner
from reports.overview.pages import NeedRow, NeedsBox

# Of one kind; more than a person reads in a day is a fault to mend, not a list to work through.
ROWS_OF_A_KIND_MAX = 100
# In major units: what a terminal that sells nothing, or a file that is not booked, is taken to be worth.
_WITHOUT_MONEY = 100.0
# How much nearer things weigh more: over, today, within three days, later.
_OVERDUE, _TODAY, _SOON, _LATER = 16.0, 8.0, 3.0, 1.0

# Kinds whose moment is a deadline. Every other one waits since its moment.
_DEADLINES = frozenset({"dispute", "expiring", "late_payout"})
# Somebody stands at a counter, or money is lost, until this is seen to.
_AT_ONCE = frozenset({"unknown", "offline", "approval", "override_broken", "offline_refused", "capture_taken_back"})

MODULES: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "payments": (
        _("Payments"),
        ("unknown", "capture_taken_back", "refund_taken_back", "overpaid", "sold_offline_too", "override_broken", "offline_refused", "offline_cards", "expiring"),
    ),
    "approvals": (_("Approvals"), ("approval",)),
    "disputes": (_("Disputes"), ("dispute",)),
    "terminals": (_("Terminals"), ("offline", "needs_care")),
    "reconciliation": (_("Money"), ("late_payout", "blocked_import", "blocked_statement", "waiting_statement", "schedule_halted", "exceptions", "dead_job")),
    "counter": (_("Day close"), ("drawer_over_limit",)),
    "goods": (_("Orders and stock"), ("cancelling", "oversold", "low_stock")),
    "developers": (_("Developers"), ("failed_webhooks",)),
}  # fmt: skip
_MODULE_OF = {kind: module for module, (_words, kinds) in MODULES.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed by. `owners` are members' ids and "none" for nobody; empty is all."""

    modules: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


def build_needs(look: Look) -> NeedsBox:
    """Return the box of Home that says what needs the person, with one statement."""
    now, zone, found = _find(look)
    rows = needs.need_rows(found, now=now, locale=look.locale, zone=zone)
    return NeedsBox(rows, need_queries.count_rows(found))


def list_inbox(look: Look, wanted: Wanted) -> list[InboxRow]:
    """Return what needs somebody and is the person's to see, most urgent first, with two statements."""
    now, zone, found = _find(look, most=ROWS_OF_A_KIND_MAX)
    told = [
        (row, module, needs.need_row(row, now=now, locale=look.locale, zone=zone))
        for row in sorted(found, key=lambda row: -weight(row, now))
        if (module := _MODULE_OF.get(row["kind"])) and module in (wanted.modules or MODULES)
    ]
    given = NeedOwner.objects.filter(key__in=[need.id for _row, _module, need in told]).select_related("member__user")
    owners = {one.key: one.member for one in given}
    rows = [_line(row, module, need, owners.get(need.id), now) for row, module, need in told]
    return [row for row in rows if not wanted.owners or row.owner_key in wanted.owners]


def _find(look: Look, **limit: int) -> tuple[datetime, str, list[dict[str, Any]]]:
    """The moment, the zone it is told in, and what needs somebody then."""
    now = business_now(look.merchant.id)
    zone = look.scope.store.zone if look.scope.store else look.merchant.zone
    today = business_date(now, zone=zone, cutoff=look.merchant.day_cutoff)
    return now, zone, need_queries.list_needs(look.narrowed, rights=look.rights, today=today, now=now, **limit)


def _line(row: dict[str, Any], module: str, need: NeedRow, owner: StaffMember | None, now: datetime) -> InboxRow:
    at, has_deadline = row["at"], row["kind"] in _DEADLINES
    return InboxRow(
        need,
        str(MODULES[module][0]),
        owner=str(owner.user) if owner else "",
        owner_key=str(owner.id) if owner else "none",
        at=at,
        age=duration_text(max(now - at, timedelta(0))) if at and not has_deadline else "",
        has_deadline=has_deadline,
        is_overdue=has_deadline and at is not None and at < now,
    )


def weight(row: dict[str, Any], now: datetime) -> float:
    """Return how much a row of `need_queries.list_needs` asks for somebody: its money times how near its deadline is."""
    has_money = row["minor"] is not None and row["currency"]
    money = abs(row["minor"]) / 10 ** exponent(row["currency"]) if has_money else _WITHOUT_MONEY
    return float(max(money, 1.0) * _nearness(row, now))


def _nearness(row: dict[str, Any], now: datetime) -> float:
    if row["kind"] in _AT_ONCE:
        return _OVERDUE
    if row["kind"] not in _DEADLINES or row["at"] is None:
        return _SOON
    left = row["at"] - now
    if left < timedelta(0):
        return _OVERDUE
    return _TODAY if left < timedelta(days=1) else _SOON if left < timedelta(days=3) else _LATER
