"""Ask for a journal file: which days, which head, and the proof that every account has a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from merchant.core.errors import AppError, Invalid
from merchant.core.filters import FilterReader
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import periods
from merchant.merchants import queries as merchants
from payments.accounting.plans import AccountsUnmapped, list_ledger_accounts, plan_in_force
from payments.accounting.queries import changes_between, day_totals, last_like, names_of_subjects
from payments.accounting.services import MadeFile, record_journal_export
from payments.accounting.words import account_in_words
from reports.exports.book_stream import BookStream, fiscal_year, unmapped_accounts
from reports.exports.formats.books import BOOK_FILTERS, DETAILS, BookFormat, Head
from reports.exports.formats.journal_csv import LAYOUTS
from reports.exports.models import ExportFile

# Ten years: what has to be kept. A file of more is a slip of the finger.
_DAYS_MAX = 3_660
_NAMED_AT_ONCE = 12


class PeriodSpansYears(AppError):
    """The format holds days of one financial year, and these lie in two."""

    code = "period_spans_years"
    status = 422
    detail = "{format} holds one financial year; {date_from} to {date_to} spans two (the year begins on {fiscal_from})."
    next_step = "Ask for each financial year by itself."


def prepare(format_: BookFormat, filters: Mapping[str, str], *, now: datetime) -> Head:
    """
    Return the head of a journal file over closed or open days.

    Days that are closed have one moment, that of their closing, and the head of the first file that was made of them, so that a repeat is the same file byte
    for byte, also when they were opened meanwhile and closed again as they were; `plan` = `current` takes today's account plan instead.

    :raises FilterRefused, Invalid: for days or options that cannot be understood. :raises PeriodSpansYears: for a format of one year.
    :raises AccountsUnmapped: naming the accounts without a number. :raises NumberUnsuitable: for a number the format cannot hold.
    """
    read = FilterReader(filters, known=BOOK_FILTERS)
    date_from, date_to = read.day("date_from"), read.day("date_to")
    if date_from is None or date_to is None or not 0 <= (date_to - date_from).days <= _DAYS_MAX:
        raise Invalid(reason=_("a journal file needs its first and last day"))
    detail, layout, takes_current = check_options(filters)
    head = _head(format_, date_from, date_to, now)
    head = replace(head, detail=detail, layout=layout)
    if head.closing is not None and not takes_current:
        head = _head_before(format_, head) or head
    format_.check(head)
    _require_numbers(format_, head)
    return head


def _head_before(format_: BookFormat, head: Head) -> Head | None:
    """Return the head of the file that was made of the same closed days, also of an earlier closing if nothing in them changed since. None if there is none."""
    options: dict[str, Any] = {"detail": head.detail, "head__layout": head.layout}
    days = {"date_from": head.date_from, "date_to": head.date_to}
    if same := last_like(format_=format_.kind, **days, closing=head.closing, **options):
        return Head.from_json(same.head)
    earlier = last_like(format_=format_.kind, **days, closing__isnull=False, **options)
    if earlier is None or earlier.plan_number != head.plan_number or changes_between(earlier.days, day_totals(**days)):
        return None
    before = Head.from_json(earlier.head)
    return replace(before, closing=head.closing, first_closing=before.first_closing or before.closing)


def check_options(filters: Mapping[str, str]) -> tuple[str, str, bool]:
    """Return what a journal file is asked for besides its days: detail, layout, and whether it takes today's account plan. :raises FilterRefused: for what there is not."""
    read = FilterReader(filters, known=BOOK_FILTERS)
    takes_current = read.choice("plan", ("current",)) == "current"
    return (
        read.choice("detail", DETAILS) or "journals",
        read.choice("layout", (*LAYOUTS, "own")) or "full",
        takes_current,
    )


def open_books(format_: BookFormat, stored: Mapping[str, Any]) -> BookStream:
    """Return the bytes of a journal file, not begun yet. Of closed days only when nobody can be booking on them any more; see `periods.wait_until_settled`."""
    head = Head.from_json(stored)
    if head.closing is not None and not connection.in_atomic_block:
        periods.wait_until_settled()
    return BookStream(format_, head)


def record(stream: BookStream, export: ExportFile, *, now: datetime) -> None:
    """Write a file that was made into the log of journal files, in the caller's transaction."""
    head = stream.head
    made = MadeFile(
        export_id=export.id,
        format=stream.format.kind,
        date_from=head.date_from,
        date_to=head.date_to,
        detail=head.detail,
        closing=head.closing,
        plan_number=head.plan_number,
        head=head.to_json(),
        days=stream.days,
        posting_count=stream.rows_written,
        currency=head.currency,
        sha256=export.sha256,
        actor_name=export.actor_name,
        revision=export.revision,
        corrects_id=export.corrects_id,
    )
    record_journal_export(made, now=now)


def _head(format_: BookFormat, date_from: date, date_to: date, now: datetime) -> Head:
    merchant, plan = merchants.get_merchant(current_merchant_id()), plan_in_force()
    fiscal_from, fiscal_to = fiscal_year(date_to if format_.is_year_to_date else date_from, plan.settings.fiscal_month)
    if format_.is_year_to_date:
        date_from = fiscal_from
    if format_.is_of_one_year and not fiscal_from <= date_from <= date_to <= fiscal_to:
        raise PeriodSpansYears(format=str(format_.title), date_from=date_from, date_to=date_to, fiscal_from=fiscal_from)
    closing = periods.closed_since(date_to)
    return Head(
        currency=merchant.base_currency,
        zone=merchant.zone,
        date_from=date_from,
        date_to=date_to,
        fiscal_from=fiscal_from,
        fiscal_to=fiscal_to,
        made_at=closing.created_at if closing else now,
        detail="journals",
        layout="full",
        closing=closing.number if closing else None,
        plan_number=plan.number,
        chart=plan.chart,
        settings=plan.settings,
        lines=plan.lines,
    )


def _require_numbers(format_: BookFormat, head: Head) -> None:
    # Balances of the year so far need every account there ever was.
    checked = replace(head, date_from=date.min) if format_.is_year_to_date else head
    missing = unmapped_accounts(checked, list_ledger_accounts())
    if missing:
        names = names_of_subjects()
        words = [account_in_words(kind, subject, names) for kind, subject in missing[:_NAMED_AT_ONCE]]
        more = [_("and {number} more").format(number=len(missing) - len(words))] if len(missing) > len(words) else []
        raise AccountsUnmapped(accounts=", ".join((*words, *more)), keys=[list(account) for account in missing])
