"""One exception drawn for staff: compared on both sides, with the ways out and what they would book."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from merchant.core.callers import Caller
from merchant.core.money import Money
from merchant.core.pages import status
from merchant.core.pages.display import day_text, money_text
from merchant.core.pages.shell import current_locale
from payments.reconciliation.desk import queries as work
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench import queries as bench_queries
from payments.reconciliation.workbench import work as bench_work
from payments.reconciliation.workbench.options import options_of
from payments.reconciliation.workbench.pages import ComparedField, ExceptionPage, Filled
from payments.reconciliation.workbench.queries import Compared, ExceptionFacts
from payments.reconciliation.workbench.words import cause_words, reference_words


def exception_page(
    found: Deviation,
    *,
    caller: Caller,
    batch: str = "",
    back: str = "",
    errors: tuple[str, ...] = (),
    filled: Filled | None = None,
) -> ExceptionPage:
    """Return one exception compared on both sides, with the ways out `caller` has; `filled` is what was sent and refused."""
    facts, today = bench_queries.exception_facts(found), bench_work.today_of(caller)
    standing = work.standing_of(found)
    may_work = caller.has_right("reconciliation.resolve")
    filled = filled or (bench_work.asked_for(found) if may_work else None) or Filled()
    return ExceptionPage(
        id=str(found.id),
        kind=found.kind,
        title=_title_of(found),
        subtitle=_("{reference}, business day {day}").format(
            reference=facts.order_number or reference_words(found),
            day=day_text(found.business_date, shape="short", locale=current_locale(), today=today),
        ),
        payment_url=f"/payments/{facts.payment_id}/" if facts.payment_id else "",
        their_title=_("Bank or payout") if found.payout_id or found.statement_line_id else _("Their report"),
        fields=_fields(found, facts),
        explanation=cause_words(found.cause),
        events=facts.events,
        options=options_of(found, standing, today=today, filled=filled) if may_work else (),
        action_url=f"/reconciliation/exceptions/{found.id}/",
        idempotency_key=str(uuid4()),
        version=version_of(found),
        state=found.status,
        resolution_text=cause_words(found.resolution),
        errors=errors,
        limit_notice=bench_work.limit_notice(found, standing, caller=caller, today=today) if may_work else None,
        undo=bench_work.undo_of(found, caller=caller),
        batch=batch,
        back=back,
        note=filled.note,
        reference=filled.reference,
        work=bench_work.work_of(found, caller=caller, today=today),
    )


def version_of(found: Deviation) -> str:
    """Return what guards a form against a second person: it changes when the exception does."""
    return f"{found.status}:{found.amount_minor}"


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
    words = sentences.get(found.kind) or f"{status.appearance('recon', found.kind).word}: {reference_words(found)}"
    return words.format(amount=amount)


def _fields(found: Deviation, facts: ExceptionFacts) -> tuple[ComparedField, ...]:
    ours: Any = Money(found.expected_minor, found.currency) if found.expected_minor is not None else "—"
    theirs: Any = Money(found.found_minor, found.currency) if found.found_minor is not None else "—"
    rows = [ComparedField(_("Fee") if found.kind == "fee" else _("Amount"), ours, theirs, _relation(found))]
    for one in facts.compared:
        if one.ours or one.theirs:
            rows.append(ComparedField(one.label, one.ours or "—", one.theirs or "—", _relation_of(one)))
    return tuple(rows)


def _relation_of(one: Compared) -> str:
    if one.is_same:
        return "equal"
    if one.ours and one.theirs:
        return "differs"
    return "only_ours" if one.ours else "only_theirs"


def _relation(found: Deviation) -> str:
    if found.expected_minor is None:
        return "only_theirs"
    if found.found_minor is None or (found.found_minor == 0 and found.kind.startswith("missing")):
        return "only_ours"
    return "equal" if found.expected_minor == found.found_minor else "differs"
