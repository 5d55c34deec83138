"""The workbench drawn for staff: a batch on both sides, its exceptions, one exception compared, and the ways out with what they would book."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.money import Money
from merchant.core.pages import status
from merchant.core.pages.display import day_text, money_text, percent_text
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, Pager
from merchant.core.pages.shell import current_locale
from payments.reconciliation import bench_queries
from payments.reconciliation.bench_queries import BatchFigures, ExceptionFacts, OpenFigures
from payments.reconciliation.models import Deviation
from payments.reconciliation.pages import (
    BatchHead,
    BookingLine,
    ComparedField,
    ComparisonRow,
    ExceptionPage,
    ExceptionRow,
    ResolveOption,
    WorkbenchPage,
)
from payments.reconciliation.services import stands_on
from payments.settlement.models import ReportFile

# Kinds whose row has found its operation.
_ON_MATCHED_ROWS = ("amount", "currency", "fee", "fx", "late", "split")
SORTS = {"largest": "size", "newest": "-id", "oldest": "id"}


def build_bench(here: Here, *, caller: Caller) -> WorkbenchPage:
    """
    Return the workbench for the address: `batch` is a report (none: everything open), `exception` the one shown, `sort` the order of the queue.

    :raises NotFound: for a batch or exception the merchant does not have.
    """
    batch = bench_queries.get_batch(here.one("batch"))
    figures = bench_queries.batch_figures(batch)
    empty = EmptyState(
        "shuffle",
        _("Nothing to reconcile yet"),
        _("When the first settlement report is booked, its lines are matched here by themselves."),
    )
    sort = here.one("sort") if here.one("sort") in SORTS else "largest"
    open_now = bench_queries.open_figures(batch)
    queue = bench_queries.list_open(batch, order=SORTS[sort], after=here.one("after"), before=here.one("before"))
    exceptions = queue.rows
    if batch is None and not figures and not open_now.number:
        return WorkbenchPage(None, (), None, empty, run=_run(caller))
    chosen = bench_queries.chosen(exceptions, here.one("exception"))
    return WorkbenchPage(
        head=_head(here, batch, figures, open_now),
        exceptions=tuple(exception_row(here, row, is_current=row is chosen) for row in exceptions),
        current=exception_page(chosen, caller=caller, after=here.url()) if chosen else None,
        pager=Pager(
            here.url(after=queue.after, exception=None) if queue.after else "",
            here.url(before=queue.before, exception=None) if queue.before else "",
            len(exceptions),
        ),
        empty=empty,
        sorts=tuple(Link(words, here.url(sort=name)) for name, words in _sort_words().items()),
        sort_label=_sort_words()[sort],
        run=_run(caller),
    )


def _run(caller: Caller) -> Action | None:
    if not caller.has_right("reconciliation.resolve"):
        return None
    return Action(_("Match now"), "/reconciliation/run/", "refresh-cw", "post", key=str(uuid4()))


def _sort_words() -> dict[str, str]:
    return {"largest": _("Largest first"), "newest": _("Newest first"), "oldest": _("Oldest first")}


def _head(here: Here, batch: ReportFile | None, figures: list[BatchFigures], open_now: OpenFigures) -> BatchHead:
    # A row that is matched and differs (amount, currency, fee) counts as an exception, so the parts add up.
    differing = sum(open_now.of_kind.get(kind, 0) for kind in _ON_MATCHED_ROWS)
    exact = max(0, sum(row.matched for row in figures) - differing)
    lines = exact + open_now.number
    currency = figures[0].currency if figures else next(iter(open_now.minor))
    total = Money(open_now.minor.get(currency, 0), currency)
    batches = [Link(_("Everything open"), here.path)]
    batches += [Link(_title(one), f"{here.path}?batch={one.id}") for one in bench_queries.list_batches()]
    rate = percent_text(100 * exact / lines, locale=current_locale()) if lines else "—"
    return BatchHead(
        title=_title(batch) if batch else _("Everything open"),
        lines=max(1, lines),
        exact=exact,
        within_tolerance=0,
        exceptions=open_now.number,
        automatic_text=_("{rate} without a person").format(rate=rate),
        difference=total,
        bank_text=bench_queries.bank_words(batch),
        source_text=_source_words(batch),
        their_name=_("Their report"),
        comparison=tuple(row for figure in figures for row in _comparison(figure, several=len(figures) > 1)),
        batches=tuple(batches),
        position_text="",
        export_url="/exports/new/?subject=reconciliation",
    )


def _source_words(batch: ReportFile | None) -> str:
    if batch is None:
        return ""
    if batch.covers_until is None:
        return batch.name
    shape = "short" if batch.covers_until.year == batch.received_at.year else "dated"
    day = day_text(batch.covers_until, shape=shape, locale=current_locale())
    return _("{file}, covers until {day}").format(file=batch.name, day=day)


def _title(batch: ReportFile) -> str:
    return f"{batch.gateway_account.name} · {batch.name}"


def _comparison(figures: BatchFigures, *, several: bool) -> list[ComparisonRow]:
    def row(label: str, ours: int, theirs: int, *, is_total: bool = False) -> ComparisonRow:
        words = f"{label}, {figures.currency}" if several else label
        mine, yours = Money(ours, figures.currency), Money(theirs, figures.currency)
        return ComparisonRow(words, mine, yours, yours - mine, is_total=is_total)

    return [
        row(_("Sales"), figures.our_sales, figures.their_sales),
        row(_("Refunds"), figures.our_refunds, figures.their_refunds),
        row(
            _("Gross"),
            figures.our_sales + figures.our_refunds,
            figures.their_sales + figures.their_refunds,
            is_total=True,
        ),
    ]


def exception_row(here: Here, found: Deviation, *, is_current: bool) -> ExceptionRow:
    """Return an exception as the queue shows it."""
    return ExceptionRow(
        id=str(found.id),
        url=here.url(exception=str(found.id), after=here.one("after"), before=here.one("before")),
        kind=found.kind,
        difference=Money(found.amount_minor, found.currency),
        reference=found.reference,
        method="",
        guess=found.cause,
        is_current=is_current,
    )


def exception_page(
    found: Deviation, *, caller: Caller, after: str = "/reconciliation/", errors: tuple[str, ...] = ()
) -> ExceptionPage:
    """Return one exception compared on both sides, with the ways out `caller` has."""
    facts = bench_queries.exception_facts(found)
    return ExceptionPage(
        id=str(found.id),
        kind=found.kind,
        title=_title_of(found),
        subtitle=_("{reference}, business day {day}").format(
            reference=facts.order_number or found.reference,
            day=day_text(found.business_date, shape="short", locale=current_locale()),
        ),
        payment_url=f"/payments/{facts.payment_id}/" if facts.payment_id else "",
        their_title=_("Bank or payout") if found.payout_id else _("Their report"),
        fields=_fields(found, facts),
        explanation=found.cause,
        events=facts.events,
        options=options_of(found) if caller.has_right("reconciliation.resolve") else (),
        action_url=f"/reconciliation/exceptions/{found.id}/",
        idempotency_key=str(uuid4()),
        version=f"{found.status}:{found.amount_minor}",
        state=found.status,
        resolution_text=found.resolution,
        errors=errors,
    )


def _title_of(found: Deviation) -> str:
    """Return what is wrong as one sentence with its amount; kinds without one say their word."""
    amount = money_text(Money(abs(found.amount_minor), found.currency), locale=current_locale())
    is_less = found.amount_minor < 0
    sentences = {
        "amount": _("{amount} less was settled than our ledger has")
        if is_less
        else _("{amount} more was settled than our ledger has"),
        "fee": _("{amount} more in fees than the contract says")
        if is_less
        else _("{amount} less in fees than the contract says"),
        "missing_in_report": _("{amount} is in our ledger and in no report"),
        "not_ours": _("{amount} is in the report and not in our ledger"),
        "refund_not_ours": _("{amount} was refunded outside our ledger"),
        "duplicate": _("{amount} stands in the report twice"),
        "short_payout": _("The bank received {amount} less than announced"),
        "missing_payout": _("{amount} was announced and is not in the bank"),
        "unexplained_bank_line": _("{amount} in the bank that nobody announced"),
        "override_contradicted": _("{amount} was treated as paid by hand, and was not")
        if is_less
        else _("{amount} was treated as not paid by hand, and was"),
        "override_unproven": _("{amount} was treated as paid by hand, and nothing proves it")
        if is_less
        else _("Treated as not paid by hand, and nothing proves it"),
    }
    words = sentences.get(found.kind) or f"{status.appearance('recon', found.kind).word}: {found.reference}"
    return words.format(amount=amount)


def _fields(found: Deviation, facts: ExceptionFacts) -> tuple[ComparedField, ...]:
    ours: Any = Money(found.expected_minor, found.currency) if found.expected_minor is not None else "—"
    theirs: Any = Money(found.found_minor, found.currency) if found.found_minor is not None else "—"
    rows = [ComparedField(_("Fee") if found.kind == "fee" else _("Amount"), ours, theirs, _relation(found))]
    for label, mine, other in facts.compared:
        if mine or other:
            relation = (
                "equal"
                if mine == other
                else ("differs" if mine and other else ("only_ours" if mine else "only_theirs"))
            )
            rows.append(ComparedField(label, mine or "—", other or "—", relation))
    return tuple(rows)


def _relation(found: Deviation) -> str:
    if found.expected_minor is None:
        return "only_theirs"
    if found.found_minor is None or (found.found_minor == 0 and found.kind.startswith("missing")):
        return "only_ours"
    return "equal" if found.expected_minor == found.found_minor else "differs"


def options_of(found: Deviation) -> tuple[ResolveOption, ...]:
    """Return the ways out of an exception, the one to propose marked."""
    note = ResolveOption(
        "note",
        _("Accept with a note"),
        _proposal(found) or _("Nothing is booked. It stays closed as long as the amount stays the same."),
        is_suggested=stands_on(found) is None,
    )
    account = stands_on(found)
    if account is None or not found.amount_minor:
        return (note,)
    amount = Money(abs(found.amount_minor), found.currency)
    names = {
        "clearing": _("Clearing account of the gateway"),
        "suspense": _("Suspense account"),
        "payouts_in_transit": _("Payouts in transit"),
    }
    loss, stands = BookingLine(_("Write-off"), debit=amount), BookingLine(names[account], credit=amount)
    gain, took = BookingLine(_("Write-off"), credit=amount), BookingLine(names[account], debit=amount)
    booking = (loss, stands) if found.amount_minor < 0 else (took, gain)
    text = _("Books the amount as a loss.") if found.amount_minor < 0 else _("Books the amount as a gain.")
    return (ResolveOption("write_off", _("Write the difference off"), text, booking=booking), note)


def _proposal(found: Deviation) -> str:
    """Return what to do before an exception of an override is closed with a note; "" for other kinds."""
    if found.kind == "override_unproven":
        return _(
            "Import the reports of these days, or ask the processor for them; then match again. A note closes it without proof."
        )
    if found.kind != "override_contradicted":
        return ""
    if found.expected_minor:
        return _(
            "Ask the processor, and let the customer pay again, for example with a payment link. Write it off if nobody will pay."
        )
    if found.amount_minor < 0:
        return _(
            "The order is open again: let the customer pay it, for example with a payment link. Then close this with a note."
        )
    return _("Look at the order: refund what was paid twice, or keep this as its payment. Then close this with a note.")


def next_open(batch: str, after: UUID) -> str:
    """Return the address of what should be looked at after an exception is resolved."""
    rows = [
        row
        for row in bench_queries.list_open(bench_queries.get_batch(batch), order=SORTS["largest"]).rows
        if row.id != after
    ]
    query = f"?batch={batch}" if batch else ""
    if not rows:
        return f"/reconciliation/{query}"
    return f"/reconciliation/{query}{'&' if query else '?'}exception={rows[0].id}"
