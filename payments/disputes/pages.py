"""Disputes as staff see them: the list, one dispute, the form for a letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.pages.display import moment_text
from merchant.core.pages.parts import Action, Fact, ListFrame, Notice, TimelineEntry
from payments.disputes import words
from payments.disputes.models import Dispute
from payments.disputes.pack import PackItem
from payments.disputes.queries import DisputeStory
from payments.disputes.states import ANSWERABLE, OPEN_DISPUTE


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`status` is a value of the dispute family; `due_text` is the deadline in the store's time."""

    id: str
    url: str
    amount: Money
    status: str
    reason: str
    phase: str
    due_text: str
    number: str
    opened_at: datetime
    at_stake: Money | None


@dataclass(frozen=True, slots=True)
class DisputeListPage:
    """The list of disputes. `due_url` and `amount_url` sort it."""

    list: ListFrame
    rows: tuple[DisputeRow, ...]
    newest_url: str
    due_url: str
    amount_url: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the evidence; `remove_url` is empty once it cannot be taken out."""

    name: str
    url: str
    size_text: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class DisputePage:
    """
    One dispute: what is at stake, until when, what speaks for us, and what happened.

    `can_answer` shows the form for evidence; `can_accept` and `can_decide` theirs. `sends` is false where the processor is answered on its own pages.
    """

    row: DisputeRow
    facts: tuple[Fact, ...]
    timeline: tuple[TimelineEntry, ...]
    pack: tuple[PackItem, ...]
    files: tuple[FileRow, ...]
    notice: Notice | None
    can_answer: bool
    can_accept: bool
    can_decide: bool
    sends: bool
    key: str
    entered_text: str = ""
    errors: tuple[str, ...] = ()
    back_url: str = "/disputes/"


@dataclass(frozen=True, slots=True)
class LetterPage:
    """The form that records a dispute that came by letter."""

    action_url: str
    payment_title: str
    amount_max: Money
    zone: str
    reasons: tuple[tuple[str, str], ...]
    phases: tuple[tuple[str, str], ...]
    idempotency_key: str
    entered: dict[str, str]
    errors: tuple[str, ...] = ()


def dispute_row(dispute: Dispute, *, locale: str) -> DisputeRow:
    """Return a dispute as lists show it. Payment and order are loaded by the caller."""
    due_at = dispute.due_at if dispute.status in ANSWERABLE else None
    return DisputeRow(
        id=str(dispute.id),
        url=f"/disputes/{dispute.id}/",
        amount=Money(dispute.amount_minor, dispute.currency),
        status=dispute.status,
        reason=str(words.REASONS[dispute.reason]),
        phase=str(words.PHASES[dispute.phase]),
        due_text=moment_text(due_at, shape="short", zone=dispute.zone, locale=locale, now=machine_now())
        if due_at
        else "",
        number=dispute.payment.order.number if dispute.payment else dispute.external_id,
        opened_at=dispute.opened_at,
        at_stake=Money(dispute.held_minor, dispute.currency) if dispute.held_minor else None,
    )


def dispute_page(
    story: DisputeStory,
    pack: list[PackItem],
    *,
    may_answer: bool,
    sends: bool,
    locale: str,
    now: datetime,
    entered_text: str = "",
    errors: tuple[str, ...] = (),
) -> DisputePage:
    """Return one dispute explained, its moments in the store's time."""
    dispute = story.dispute
    local = partial(moment_text, shape="full", zone=dispute.zone, locale=locale)
    is_free = may_answer and story.reply_on_its_way is None
    in_time = dispute.status in ANSWERABLE and (dispute.due_at is None or dispute.due_at > now)
    return DisputePage(
        row=dispute_row(dispute, locale=locale),
        facts=_facts(dispute, local),
        timeline=_timeline(story),
        pack=tuple(pack),
        files=tuple(_file(story, file.id, is_free and in_time) for file in story.files),
        notice=_notice(story, local, now),
        can_answer=is_free and in_time,
        can_accept=is_free and dispute.status in OPEN_DISPUTE,
        can_decide=is_free and dispute.status in OPEN_DISPUTE and not sends,
        sends=sends,
        key=str(uuid4()),
        entered_text=entered_text,
        errors=errors,
    )


def _file(story: DisputeStory, file_id: object, can_remove: bool) -> FileRow:
    file = next(one for one in story.files if one.id == file_id)
    address = f"/disputes/{story.dispute.id}/files/{file.id}/"
    kilobytes = max(1, file.size_bytes // 1024)
    return FileRow(file.name, address, f"{kilobytes} kB", f"{address}remove/" if can_remove else "")


def _facts(dispute: Dispute, local: Callable[[datetime], str]) -> tuple[Fact, ...]:
    facts = [Fact(_("Reason"), str(words.REASONS[dispute.reason]), note=dispute.reason_text.replace("_", " "))]
    facts.append(Fact(_("Phase"), str(words.PHASES[dispute.phase])))
    if dispute.due_at:
        facts.append(Fact(_("Answer by"), local(dispute.due_at), note=_("the store's time")))
    if payment := dispute.payment:
        facts.append(Fact(_("Payment"), Money(payment.captured_minor, payment.currency), f"/payments/{payment.id}/"))
        facts.append(Fact(_("Order"), payment.order.number, f"/orders/{payment.order_id}/"))
        if payment.refunded_minor:
            facts.append(Fact(_("Refunded already"), Money(payment.refunded_minor, payment.currency)))
    facts.append(Fact(_("At stake"), Money(dispute.held_minor, dispute.currency)))
    if dispute.lost_minor:
        facts.append(Fact(_("Lost"), Money(dispute.lost_minor, dispute.currency)))
    if dispute.fee_minor:
        fee = Money(dispute.fee_minor, dispute.gateway_account.currency)
        facts.append(Fact(_("Fee"), fee, note=_("booked with the report")))
    facts.append(Fact(_("Gateway account"), dispute.gateway_account.name))
    facts.append(Fact(_("Opened"), local(dispute.opened_at)))
    if dispute.external_id:
        facts.append(Fact(_("Their reference"), dispute.external_id, is_identifier=True))
    return tuple(facts)


def _timeline(story: DisputeStory) -> tuple[TimelineEntry, ...]:
    currency = story.dispute.currency
    entries = []
    for note in story.notes:
        title, tone, icon = words.TOLD.get(note.said, (note.said, "idle", "info"))
        source = str(words.SOURCES.get(note.source, note.source))
        text = ": ".join(part for part in (source, note.text) if part)
        if not note.changed:
            text, tone = _("{source}, nothing new").format(source=source), "idle"
        entries.append(TimelineEntry(note.at, str(title), text, tone, icon))
    for movement in story.movements:
        title, tone, icon = words.MOVED[movement.kind]
        is_proven = movement.settlement_line_id is not None or movement.kind in ("lost", "recovered")
        text = "" if is_proven else _("no report has it yet")
        entries.append(TimelineEntry(movement.at, str(title), text, tone, icon, Money(movement.amount_minor, currency)))
    for reply in story.replies:
        title, tone, icon = words.ANSWERED[reply.kind, reply.status]
        text = f"{reply.asked_by}: {reply.refusal}" if reply.refusal else reply.asked_by
        entries.append(TimelineEntry(reply.asked_at, str(title), text, tone, icon, reference=reply.reference))
    return tuple(sorted(entries, key=lambda entry: entry.at, reverse=True))


def _notice(story: DisputeStory, local: Callable[[datetime], str], now: datetime) -> Notice | None:
    dispute, payment = story.dispute, story.dispute.payment
    if story.reply_on_its_way is not None:
        again = Action(_("Send again"), f"/disputes/{dispute.id}/resend/", "refresh-cw", "post", key=str(uuid4()))
        return Notice("info", _("Our answer is on its way."), _("What the processor says appears here."), "send", again)
    if payment is None:
        text = _("No payment of ours fits what the processor wrote. Look for it before you answer.")
        return Notice("warn", _("The payment was not found."), text, "file-question-mark")
    if dispute.status in OPEN_DISPUTE and payment.refunded_minor + payment.disputed_minor > payment.captured_minor:
        text = _("Answer with the refund's reference: otherwise the customer is paid back twice.")
        return Notice("warn", _("This payment was refunded as well."), text, "undo-2")
    if dispute.status == "expired":
        text = _("The money stays at stake until the processor says what follows.")
        return Notice("bad", _("The time for an answer is over."), text, "hourglass")
    if dispute.status == "evidence_due" and dispute.due_at is not None and dispute.due_at > now:
        title = _("Answer by {moment}.").format(moment=local(dispute.due_at))
        return Notice("warn", title, _("Without an answer the money is lost."), "flag")
    return None
