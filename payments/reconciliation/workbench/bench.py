"""The workbench drawn for staff: a batch on both sides, its exceptions, and the one that is looked at (`one_exception`)."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.accounts.approvals import services as approvals
from merchant.core.callers import Caller
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.display import day_text, percent_text
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, Pager
from merchant.core.pages.shell import current_locale
from payments.reconciliation.desk import closing, live
from payments.reconciliation.desk import queries as work
from payments.reconciliation.desk.queries import Batch
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench import comparison, one_exception
from payments.reconciliation.workbench import queries as bench_queries
from payments.reconciliation.workbench import work as bench_work
from payments.reconciliation.workbench.comparison import BatchFigures
from payments.reconciliation.workbench.options import certainty_words
from payments.reconciliation.workbench.pages import (
    BatchHead,
    ComparisonRow,
    ExceptionPage,
    ExceptionRow,
    Progress,
    Tally,
    WorkbenchPage,
)
from payments.reconciliation.workbench.queries import OpenFigures
from payments.reconciliation.workbench.words import cause_words, reference_words
from payments.settlement.models import ReportFile

# Kinds whose row has found its operation.
_ON_MATCHED_ROWS = ("amount", "currency", "fee", "fx", "late", "split")
# The passes of a run as they are told.
_PASSES = {
    "outcomes": gettext_lazy("Learning outcomes from reports"),
    "lines": gettext_lazy("Matching report lines"),
    "deposits": gettext_lazy("Matching deposits"),
    "payouts": gettext_lazy("Matching payouts"),
    "stages": gettext_lazy("Telling payments how far they are"),
}
# Decisions of others, and what a second person says to what was asked.
LIVE_TOPICS = (live.TOPIC, approvals.TOPIC)
SORTS = {"largest": "size", "newest": "-id", "oldest": "id"}


def build_bench(here: Here, *, caller: Caller) -> WorkbenchPage:
    """
    Return the workbench for the address: `batch` is a report (none: everything open), `exception` the one shown, `sort` the order of the queue.

    :raises NotFound: for a batch or exception the merchant does not have.
    """
    batch = bench_queries.get_batch(here.one("batch"))
    figures = comparison.batch_figures(batch)
    empty = EmptyState(
        "shuffle",
        _("Nothing to reconcile yet"),
        _("When the first settlement report is booked, its lines are matched here by themselves."),
    )
    sort = here.one("sort") if here.one("sort") in SORTS else "largest"
    open_now, today = bench_queries.open_figures(batch), bench_work.today_of(caller)
    is_waiting = here.one("waiting") == "yes"
    queue = bench_queries.list_open(
        batch, order=SORTS[sort], after=here.one("after"), before=here.one("before"), today=today, is_waiting=is_waiting
    )
    exceptions = queue.rows
    if batch is None and not figures and not open_now.number:
        last = bench_work.last_decision(caller=caller, batch="")
        return WorkbenchPage(None, (), None, empty, run=_run(caller), last=last, progress=_progress())
    chosen = bench_queries.chosen(exceptions, here.one("exception"))
    key = chosen.id if chosen else None
    return WorkbenchPage(
        head=_head(here, batch, figures, open_now, base_currency=caller.merchant.base_currency),
        exceptions=tuple(exception_row(here, row, is_current=row.id == key, today=today) for row in exceptions),
        current=_current(here, chosen, caller=caller),
        pager=Pager(
            here.url(after=queue.after, exception=None) if queue.after else "",
            here.url(before=queue.before, exception=None) if queue.before else "",
            len(exceptions),
        ),
        empty=empty,
        sorts=tuple(Link(words, here.url(sort=name)) for name, words in sort_words().items()),
        sort_label=sort_words()[sort],
        run=_run(caller),
        last=bench_work.last_decision(caller=caller, batch=here.one("batch")),
        progress=_progress(),
        waiting=_waiting(here, batch, today, is_waiting=is_waiting),
        close=_close(batch, caller),
        closed_text=_closed_words(batch),
    )


def _current(here: Here, chosen: Deviation | None, *, caller: Caller) -> ExceptionPage | None:
    if chosen is None:
        return None
    back = here.url(exception=str(chosen.id))
    return one_exception.exception_page(chosen, caller=caller, batch=here.one("batch"), back=back)


def _progress() -> Progress | None:
    job = bench_queries.find_running()
    if job is None:
        return None
    words = str(_PASSES.get(job.step, _("Matching has begun")))
    return Progress(words, job.progress_done, max(job.progress_total or 0, len(_PASSES)))


def _waiting(here: Here, batch: ReportFile | None, today: date, *, is_waiting: bool) -> Link | None:
    if is_waiting:
        return Link(_("Back to what is due"), here.url(waiting=None, exception=None))
    number = bench_queries.count_waiting(batch, today=today)
    words = ngettext("{number} waits for a later day", "{number} wait for a later day", number).format(number=number)
    return Link(words, here.url(waiting="yes", exception=None)) if number else None


def _close(batch: ReportFile | None, caller: Caller) -> Action | None:
    if batch is None or not caller.has_right("reconciliation.close"):
        return None
    whole = Batch(batch.id, None)
    if work.find_closing(whole) is not None or not closing.is_done(closing.figures_of(whole)):
        return None
    address = f"/reconciliation/close/?batch={batch.id}"
    return Action(_("Close the batch"), address, "lock", "post", "primary", key=str(uuid4()))


def _closed_words(batch: ReportFile | None) -> str:
    closed = work.find_closing(Batch(batch.id, None)) if batch else None
    if closed is None:
        return ""
    day = day_text(closed.closed_at.date(), shape="short", locale=current_locale(), today=machine_now().date())
    return _("Closed by {who} on {day}. Nothing of it is undone any more.").format(who=closed.closed_by, day=day)


def _run(caller: Caller) -> Action | None:
    if not caller.has_right("reconciliation.resolve"):
        return None
    return Action(_("Match now"), "/reconciliation/run/", "refresh-cw", "post", key=str(uuid4()))


def sort_words() -> dict[str, str]:
    """Return the orders a queue can be in, in words."""
    return {"largest": _("Largest first"), "newest": _("Newest first"), "oldest": _("Oldest first")}


def _head(
    here: Here, batch: ReportFile | None, figures: list[BatchFigures], open_now: OpenFigures, *, base_currency: str
) -> BatchHead:
    # A row that is matched and differs (amount, currency, fee) counts as an exception, so the parts add up.
    differing = sum(open_now.of_kind.get(kind, 0) for kind in _ON_MATCHED_ROWS)
    near = bench_queries.count_rounded(batch)
    by_hand = bench_queries.count_by_hand(batch)
    exact = max(0, sum(row.matched for row in figures) - differing - near - by_hand.rows)
    lines = exact + near + by_hand.number + open_now.number
    currency = figures[0].currency if figures else next(iter(open_now.minor), base_currency)
    total = Money(open_now.minor.get(currency, 0), currency)
    batches = [Link(_("Everything open"), here.path)]
    batches += [Link(_title(one), f"{here.path}?batch={one.id}") for one in bench_queries.list_batches()]
    rate = percent_text(100 * (exact + near) / lines, locale=current_locale()) if lines else "—"
    return BatchHead(
        title=_title(batch) if batch else _("Everything open"),
        lines=max(1, lines),
        exact=exact,
        within_tolerance=near,
        by_hand=by_hand.number,
        exceptions=open_now.number,
        automatic_text=_("{rate} without a person").format(rate=rate),
        difference=total,
        bank_text=bench_queries.bank_words(batch),
        source_text=_source_words(batch),
        their_name=_("Their report"),
        comparison=tuple(row for figure in figures for row in _comparison(figure, several=len(figures) > 1)),
        tallies=tuple(_tally(figure) for figure in figures),
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

    rows = [
        row(_("Sales"), figures.our_sales, figures.their_sales),
        row(_("Refunds"), figures.our_refunds, figures.their_refunds),
        row(_("Fees"), figures.our_fees, figures.their_fees),
    ]
    if figures.our_others or figures.their_others:
        rows.append(row(_("Disputes and other rows"), figures.our_others, figures.their_others))
    if figures.decided:
        rows.append(row(_("Decided"), figures.decided, 0))
    return [*rows, row(_("Net"), figures.our_net, figures.their_net, is_total=True)]


def _tally(figures: BatchFigures) -> Tally:
    matched, excepted, total = (
        Money(minor, figures.currency) for minor in (figures.matched_minor, figures.excepted_minor, figures.their_gross)
    )
    return Tally(matched, excepted, total)


def exception_row(here: Here, found: Deviation, *, is_current: bool, today: date) -> ExceptionRow:
    """Return an exception as the queue shows it."""
    return ExceptionRow(
        id=str(found.id),
        url=here.url(exception=str(found.id), after=here.one("after"), before=here.one("before")),
        kind=found.kind,
        difference=Money(found.amount_minor, found.currency),
        reference=reference_words(found),
        method="",
        guess=cause_words(found.cause),
        certainty=certainty_words(found.suggestions[0]["score"]) if found.suggestions else "",
        is_current=is_current,
        owner=str(found.owner.user) if found.owner else "",
        age=bench_work.age_words(found, today),
        due=bench_work.due_words(found, today),
        is_overdue=work.due_on(found) < today,
        waits=bench_work.waits_words(found, today),
    )


def next_open(batch: str, after: UUID, *, today: date) -> str:
    """Return the address of what should be looked at after an exception is resolved."""
    queue = bench_queries.list_open(bench_queries.get_batch(batch), order=SORTS["largest"], today=today)
    rows = [row for row in queue.rows if row.id != after]
    query = f"?batch={batch}" if batch else ""
    if not rows:
        return f"/reconciliation/{query}"
    return f"/reconciliation/{query}{'&' if query else '?'}exception={rows[0].id}"
