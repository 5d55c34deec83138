"""Reads behind the workbench: batches, their figures on both sides, and what belongs to one exception."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.errors import NotFound
from merchant.core.filters import typed_id
from merchant.core.jobs.models import Job
from merchant.core.pages.display import day_text
from merchant.core.pages.shell import current_locale
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk import closing
from payments.reconciliation.desk import queries as work
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.queries import Wanted
from payments.reconciliation.models import Deviation
from payments.reconciliation.queries import RUN_KIND
from payments.records.words import KINDS
from payments.settlement.models import Payout, ReportFile

# One page of the queue; the figures above count all of them.
EXCEPTIONS_SHOWN = 50
_BATCHES_SHOWN = 20


def list_batches() -> list[ReportFile]:
    """Return the latest booked reports, newest first."""
    return list(
        ReportFile.objects.select_related("gateway_account").filter(status="posted").order_by("-id")[:_BATCHES_SHOWN]
    )


def get_batch(batch_id: str) -> ReportFile | None:
    """Return the report called `batch_id`, None for "". :raises NotFound: if the merchant has none with that id."""
    if not batch_id:
        return None
    key = typed_id(batch_id)
    found: ReportFile | None = (
        ReportFile.objects.select_related("gateway_account").filter(id=key).first() if key else None
    )
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class OpenFigures:
    """All open exceptions of a batch: how many, how many of each kind, and what they come to in each currency, the most frequent first."""

    number: int
    of_kind: dict[str, int]
    minor: dict[str, int]


def open_figures(batch: ReportFile | None) -> OpenFigures:
    """Count the open exceptions of a batch, or all of them."""
    groups = open_rows(batch).values_list("kind", "currency").annotate(n=Count("id"), minor=Sum("amount_minor"))
    of_kind, of_currency, minor = Counter[str](), Counter[str](), Counter[str]()
    for kind, currency, number, sum_minor in groups.order_by():
        of_kind[kind] += number
        of_currency[currency] += number
        minor[currency] += sum_minor
    currencies = [currency for currency, _number in of_currency.most_common()]
    return OpenFigures(sum(of_kind.values()), dict(of_kind), {currency: minor[currency] for currency in currencies})


@dataclass(frozen=True, slots=True)
class OpenPage:
    """One page of the queue. `after` leads to the next, `before` to the one that ends with that row; "" at the ends."""

    rows: list[Deviation]
    after: str = ""
    before: str = ""


def list_open(
    batch: ReportFile | None,
    *,
    order: str,
    after: str = "",
    before: str = "",
    today: date | None = None,
    is_waiting: bool = False,
) -> OpenPage:
    """
    Return a page of the open exceptions of a batch, or of all: those of its rows, of its payouts, and what is missing in it.

    `order` is "size" (largest first), "-id" or "id". With `today`, what waits for a later day is left out, or (`is_waiting`) alone shown. Rows that are resolved meanwhile shift nothing: a page begins behind a row, not at a number.
    """
    rows, edge = open_rows(batch), edge_of(after or before)
    if today is not None:
        rows = work.narrowed(rows, Wanted(is_waiting=is_waiting), today=today)
    return list_page(rows, edge, order=order, is_back=bool(before and edge))


def count_waiting(batch: ReportFile | None, *, today: date) -> int:
    """Return how many open exceptions of a batch wait for a later day."""
    return work.narrowed(open_rows(batch), Wanted(is_waiting=True), today=today).count()


def list_page(rows: QuerySet[Deviation], edge: Deviation | None, *, order: str, is_back: bool) -> OpenPage:
    """Return the page of `rows` (with their `size`) that begins behind `edge`, or ends before it."""
    if edge is not None:
        rows = rows.filter(_behind(edge, order, is_back=is_back))
    found = list(
        rows.select_related("owner__user").order_by(*_ordering(order, is_back=is_back))[: EXCEPTIONS_SHOWN + 1]
    )
    more, found = len(found) > EXCEPTIONS_SHOWN, found[:EXCEPTIONS_SHOWN]
    if is_back:
        found.reverse()
        return OpenPage(found, str(found[-1].id) if found else "", str(found[0].id) if more else "")
    return OpenPage(found, str(found[-1].id) if more else "", str(found[0].id) if found and edge else "")


def open_rows(batch: ReportFile | None) -> QuerySet[Deviation]:
    """Return the open exceptions of a batch, or all of them, with their `size`."""
    rows: QuerySet[Deviation] = Deviation.objects.filter(status="open").annotate(size=Abs("amount_minor"))
    if batch is None:
        return rows
    parameters = {"merchant": batch.merchant_id, "batch": batch.id}
    return rows.filter(id__in=[row[0] for row in db.rows(closing.OF_REPORT, parameters)])


def edge_of(cursor: str) -> Deviation | None:
    """Return the row a page begins behind, also when it was resolved meanwhile. :raises NotFound: if it is none of ours."""
    if not cursor:
        return None
    key = typed_id(cursor)
    found: Deviation | None = Deviation.objects.filter(id=key).first() if key else None
    if found is None:
        raise NotFound()
    return found


def _ordering(order: str, *, is_back: bool) -> tuple[str, ...]:
    names = {"size": ("-size", "-id"), "-id": ("-id",), "id": ("id",)}[order]
    if not is_back:
        return names
    return tuple(name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in names)


def _behind(edge: Deviation, order: str, *, is_back: bool) -> Q:
    is_falling = (order != "id") is not is_back
    behind = Q(id__lt=edge.id) if is_falling else Q(id__gt=edge.id)
    if order != "size":
        return behind
    size = abs(edge.amount_minor)
    return (Q(size__lt=size) if is_falling else Q(size__gt=size)) | (Q(size=size) & behind)


def chosen(exceptions: list[Deviation], wanted: str) -> Deviation | None:
    """Return the exception that is worked on: the one asked for while it is open, else the first."""
    shown = next((row for row in exceptions if str(row.id) == wanted), None)
    key = typed_id(wanted) if shown is None and wanted else None
    if key is not None:
        shown = Deviation.objects.select_related("owner__user").filter(id=key, status="open").first()
    return shown or (exceptions[0] if exceptions else None)


def count_rounded(batch: ReportFile | None) -> int:
    """Return how many differences of a batch, or of all, were within the tolerance of the match rules and were booked by themselves."""
    rounded = Decision.objects.filter(way="rounding", undone_at=None, deviation__kind="amount")
    if batch is None:
        return rounded.count()
    parameters = {"merchant": batch.merchant_id, "batch": batch.id}
    return rounded.filter(deviation_id__in=[row[0] for row in db.rows(closing.OF_REPORT, parameters)]).count()


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people did in a batch: `rows` of it that are matched and nothing is open about, and `others`, exceptions that no such row has."""

    rows: int
    others: int

    @property
    def number(self) -> int:
        """How many things a person settled."""
        return self.rows + self.others


# Rows a person matched, and exceptions a person decided about. What the rules rounded is nobody's hand; a row that something is open about is an exception still.
_BY_HAND = """
WITH touched AS (
    SELECT m.settlement_line_id AS line_id, NULL::uuid AS exception_id FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id
    WHERE m.merchant_id = %(merchant)s AND m.rule = 'by_hand' AND m.undone_at IS NULL AND (%(batch)s::uuid IS NULL OR l.report_id = %(batch)s)
    UNION ALL
    SELECT e.settlement_line_id, e.id FROM recon_decision d JOIN recon_exception e ON e.id = d.deviation_id
    WHERE d.merchant_id = %(merchant)s AND d.undone_at IS NULL AND d.way <> 'rounding' AND e.status = 'resolved' {of_batch}
), told AS (
    SELECT t.line_id, t.exception_id, l.id IS NOT NULL AND m.id IS NOT NULL AS is_matched,
        EXISTS (SELECT FROM recon_exception o WHERE o.settlement_line_id = t.line_id AND o.status = 'open')
            OR EXISTS (SELECT FROM recon_exception o JOIN recon_decision d ON d.deviation_id = o.id
                WHERE o.settlement_line_id = t.line_id AND o.kind = 'amount' AND d.way = 'rounding' AND d.undone_at IS NULL) AS is_counted
    FROM touched t LEFT JOIN settlement_line l ON l.id = t.line_id AND l.kind IN ('sale', 'refund') LEFT JOIN recon_match m ON m.id = l.id
)
SELECT count(DISTINCT line_id) FILTER (WHERE is_matched AND NOT is_counted)::int, count(DISTINCT exception_id) FILTER (WHERE NOT is_matched)::int FROM told
"""


def count_by_hand(batch: ReportFile | None) -> ByHand:
    """Count what people matched and decided in a batch, or in all, with one statement."""
    of_batch = f"AND e.id IN ({closing.OF_REPORT})" if batch else ""
    parameters = {"merchant": current_merchant_id(), "batch": batch.id if batch else None}
    [(rows, others)] = db.rows(_BY_HAND.format(of_batch=of_batch), parameters)
    return ByHand(rows, others)


def find_running() -> Job | None:
    """Return the run that is under way or waits for a worker."""
    found: Job | None = Job.objects.filter(kind=RUN_KIND, status__in=("queued", "running")).order_by("id").first()
    return found


def bank_words(batch: ReportFile | None) -> str:
    """Return in words what the bank has of a batch."""
    payouts = Payout.objects.exclude(status="in_bank")
    if batch is not None:
        if not Payout.objects.filter(report=batch).exists():
            return ""
        payouts = payouts.filter(report=batch)
    number = payouts.count()
    if not number:
        return _("Bank: every payout arrived")
    words = ngettext("Bank: {number} payout not there in full", "Bank: {number} payouts not there in full", number)
    return words.format(number=number)


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact as both sides name it, "" where one says nothing. `is_same`: they mean the same, in whatever words."""

    label: str
    ours: str
    theirs: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """What both sides say about an exception."""

    payment_id: UUID | None
    order_number: str
    compared: tuple[Compared, ...]
    events: tuple[str, ...]


_SIDES = """
SELECT p.id AS payment_id, ord.number, o.reference AS our_reference, o.currency, o.gateway_reference, p.card_last4, p.auth_code, o.business_date, o.kind AS our_kind,
    l.operation_reference, l.processor_reference, l.currency AS their_currency, l.last4, l.auth_code AS their_auth_code, l.booked_on, l.line, l.type_text, l.kind AS their_kind,
    r.name AS report_name, out.reference AS payout_reference, out.amount_minor AS payout_minor, out.arrived_minor, out.expected_on,
    b.text AS bank_text, b.booked_on AS bank_booked_on
FROM recon_exception e
LEFT JOIN payment_operation o ON o.id = e.operation_id LEFT JOIN payment_payment p ON p.id = o.payment_id LEFT JOIN order_order ord ON ord.id = p.order_id
LEFT JOIN settlement_line l ON l.id = e.settlement_line_id LEFT JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN settlement_payout out ON out.id = e.payout_id LEFT JOIN bank_statement_line b ON b.id = e.statement_line_id
WHERE e.merchant_id = %s AND e.id = %s
"""


def exception_facts(found: Deviation) -> ExceptionFacts:
    """Return what the books, the report, the payout and the bank say, with one statement."""
    [row] = db.dict_rows(_SIDES, [current_merchant_id(), found.id])
    compared = (
        _compared(_("Our reference"), _text(row, "our_reference"), _text(row, "operation_reference")),
        _compared(_("Their reference"), _text(row, "gateway_reference"), _text(row, "processor_reference")),
        _compared(_("Currency"), _text(row, "currency"), _text(row, "their_currency")),
        _compared(_("Card"), _card(row["card_last4"]), _card(row["last4"])),
        _compared(_("Authorisation code"), _text(row, "auth_code"), _text(row, "their_auth_code")),
        Compared(
            _("What"),
            str(KINDS.get(row["our_kind"] or "", "")),
            _text(row, "type_text"),
            is_same=row["their_kind"] is not None and row["their_kind"] in _MEANS.get(row["our_kind"] or "", ()),
        ),
        _compared(_("Payout, bank's text"), _text(row, "payout_reference"), _text(row, "bank_text")),
        _compared(_("Expected, arrived"), _day(row["expected_on"], ""), _day(row["bank_booked_on"], "")),
    )
    events = [_("Business day {day}").format(day=_day(found.business_date))]
    if row["line"]:
        events.append(
            _("{file}, line {line}, booked {day}").format(
                file=row["report_name"], line=row["line"], day=_day(row["booked_on"])
            )
        )
    return ExceptionFacts(row["payment_id"], row["number"] or "", compared, tuple(events))


# What processors call that which we asked for: their rows know sales, whether they were authorised first or not.
_MEANS = {
    "authorise": ("sale",),
    "capture": ("sale",),
    "refund": ("refund",),
    "take_back": ("adjustment",),
}


def _compared(label: str, ours: str, theirs: str) -> Compared:
    return Compared(label, ours, theirs, is_same=ours == theirs)


def _text(row: dict[str, Any], name: str) -> str:
    return str(row[name]) if row[name] else ""


def _day(day: date | None, without: str = "—") -> str:
    return day_text(day, shape="short", locale=current_locale(), today=machine_now().date()) if day else without


def _card(last4: str | None) -> str:
    return f"•{last4}" if last4 else ""
