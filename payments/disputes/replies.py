"""What we answer: evidence, or acceptance of the loss. Stored first, sent by a job, taken or refused by the processor."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core import files
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.ids import readable_code
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_actor
from payments.disputes import pack, queries, services
from payments.disputes.models import Dispute, DisputeFile, DisputeReply
from payments.disputes.states import ANSWER, ANSWERABLE, OPEN_DISPUTE
from payments.gateways import registry
from payments.gateways.base import DisputeAnswer, DisputeNotice, DisputeRefused

SEND_JOB = "disputes.send_reply"
# Processors take up to 5 MB in all; one file of a phone's camera or scanner is below this.
FILE_BYTES_MAX = 4 * 1024 * 1024
FILES_MAX = 10
TEXT_LENGTH_MAX = 6000
# What schemes read. The first bytes are looked at, not the name: a browser says what it likes.
_KINDS = {b"%PDF-": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class AnswerTooLate(AppError):
    """The dispute takes no answer any more."""

    code = "dispute_not_answerable"
    detail = "This dispute is {status}; it takes no such answer."
    money = "Nothing was sent."
    next_step = "Look at what the processor said last."


class AnswerOnItsWay(AppError):
    """An answer was given already and is being sent."""

    code = "dispute_answer_on_its_way"
    detail = "An answer to this dispute is on its way."
    money = "Nothing more was sent."
    next_step = "Wait for the processor; what it says appears in the timeline."


class FileRefused(AppError):
    """The file cannot go with the evidence."""

    code = "dispute_file_refused"
    status = 422
    detail = "This file was not taken: {reason}."
    money = "Nothing was stored."
    next_step = "Send a PDF, PNG or JPEG of at most 4 MB."


@transaction.atomic
def add_file(*, dispute_id: UUID, name: str, stream: BinaryIO, size_bytes: int, now: datetime) -> DisputeFile:
    """
    Keep a file for the evidence. The same bytes again are the same file.

    :raises AnswerTooLate: for a dispute that takes no evidence. :raises FileRefused: for a kind or size that no scheme reads.
    """
    dispute = _locked(dispute_id)
    if dispute.status not in ANSWERABLE:
        raise AnswerTooLate(status=dispute.status)
    if not 0 < size_bytes <= FILE_BYTES_MAX:
        raise FileRefused(reason=_("it is empty or too large"))
    first = stream.read(8)
    kind = next((kind for start, kind in _KINDS.items() if first.startswith(start)), "")
    if not kind:
        raise FileRefused(reason=_("it is neither PDF nor PNG nor JPEG"))
    if DisputeFile.objects.filter(dispute=dispute).count() >= FILES_MAX:
        raise FileRefused(reason=_("there are {number} already").format(number=FILES_MAX))
    stream.seek(0)
    kept = files.keep_pieces(files.pieces(stream))
    file, is_new = DisputeFile.objects.get_or_create(
        dispute=dispute,
        sha256=kept.sha256,
        defaults={
            "name": name[:120] or "file",
            "size_bytes": kept.size_bytes,
            "content_type": kind,
            "added_by": current_actor().name[:120],
            "added_at": now,
        },
    )
    if is_new:
        data = {"name": file.name, "sha256": file.sha256}
        audit.record("dispute.file_added", subject=f"dispute:{dispute.id}", now=now, data=data)
    return file


@transaction.atomic
def remove_file(*, dispute_id: UUID, file_id: UUID, now: datetime) -> None:
    """Take a file out of the evidence that is being prepared; what was sent keeps its list. :raises NotFound: if the dispute has no such file."""
    dispute = _locked(dispute_id)
    file = queries.get_file(dispute.id, file_id)
    audit.record("dispute.file_removed", subject=f"dispute:{dispute.id}", now=now, data={"sha256": file.sha256})
    file.delete()


@transaction.atomic
def submit_evidence(*, dispute_id: UUID, text: str, keys: Collection[str], now: datetime) -> DisputeReply:
    """
    Answer with evidence: our own words, the items `keys` of the proposed pack, and every file. Locks the dispute; a job sends it.

    :raises AnswerTooLate: unless it waits for an answer and its time is not over. :raises AnswerOnItsWay: while an earlier answer has no reply.
    :raises Invalid: for an answer without any content.
    """
    dispute = _locked(dispute_id)
    if dispute.status not in ANSWERABLE or (dispute.due_at is not None and dispute.due_at <= now):
        raise AnswerTooLate(status=dispute.status if dispute.status not in ANSWERABLE else "expired")
    items = [item.stored for item in pack.propose(queries.get_dispute(dispute.id)) if item.key in keys and item.text]
    attached = [{"name": file.name, "sha256": file.sha256} for file in DisputeFile.objects.filter(dispute=dispute)]
    if not (text.strip() or items or attached):
        raise Invalid(reason=_("an answer needs words, proof from the order, or a file"))
    if len(text) > TEXT_LENGTH_MAX or "\x00" in text:
        raise Invalid(reason=_("the words may have {number} characters").format(number=TEXT_LENGTH_MAX))
    reply = DisputeReply(dispute=dispute, kind="evidence", text=text.strip(), items=items, files=attached)
    return _ask(dispute, reply, now=now)


@transaction.atomic
def accept(*, dispute_id: UUID, now: datetime) -> DisputeReply:
    """
    Give the disputed money up. Locks the dispute; a job tells the processor, whose confirmation books the loss.

    :raises AnswerTooLate: if it was decided already. :raises AnswerOnItsWay: while an earlier answer has no reply.
    """
    dispute = _locked(dispute_id)
    if dispute.status not in OPEN_DISPUTE:
        raise AnswerTooLate(status=dispute.status)
    return _ask(dispute, DisputeReply(dispute=dispute, kind="acceptance"), now=now)


@transaction.atomic
def send_again(*, dispute_id: UUID, now: datetime) -> None:
    """Put an answer that could not be delivered back in the queue. One that is being sent stays as it is."""
    dispute = _locked(dispute_id)
    reply = DisputeReply.objects.filter(dispute=dispute, status="requested").first()
    if reply is None or reply.job_id is None:
        raise AnswerTooLate(status=dispute.status)
    jobs.retry(Job.objects.get(id=reply.job_id))
    audit.record("dispute.sent_again", subject=f"dispute:{dispute.id}", now=now, data={"reference": reply.reference})


def is_sent_by_us(dispute: Dispute) -> bool:
    """Say whether the processor takes the answer here; otherwise a person gives it there, and this is the record of it."""
    return bool(dispute.external_id) and registry.gateway(dispute.gateway_account.gateway).answers_disputes


def deliver(*, reply_id: UUID, now: datetime) -> str:
    """
    Hand a stored answer to the processor and record what it says. Not to be called in a transaction: it talks to the processor. A repeat has no second effect.

    :raises DisputeNotReached: if nobody knows whether it arrived; the same answer is sent again.
    """
    reply = DisputeReply.objects.select_related("dispute__gateway_account").get(id=reply_id)
    if reply.status != "requested":
        return str(reply.status)
    account = reply.dispute.gateway_account
    try:
        notice = registry.gateway(account.gateway).answer_dispute(_answer_of(reply), registry.access(account))
    except DisputeRefused as refusal:
        return _refused(reply, str(refusal), now=now)
    return taken(reply=reply, notice=notice, now=now)


@transaction.atomic
def taken(*, reply: DisputeReply, notice: DisputeNotice, now: datetime, source: str = "answer") -> str:
    """Record that the processor has an answer, and what the dispute is now."""
    dispute = services.apply_notice(
        gateway_account_id=reply.dispute.gateway_account_id, notice=notice, source=source, now=now
    )
    move(reply, ANSWER, "taken", answered_at=now)
    audit.record(
        "dispute.answered",
        subject=f"dispute:{dispute.id}",
        now=now,
        data={"reference": reply.reference, "kind": reply.kind},
    )
    return "taken"


@transaction.atomic
def _refused(reply: DisputeReply, why: str, *, now: datetime) -> str:
    move(reply, ANSWER, "refused", answered_at=now, refusal=why[:200])
    dispute = reply.dispute
    audit.record("dispute.answer_refused", subject=f"dispute:{dispute.id}", now=now, data={"reason": why[:200]})
    payload = {**services.event_of(dispute), "refusal": why[:200]}
    outbox.publish("dispute.answer_refused", f"dispute:{dispute.id}", payload)
    return "refused"


def _ask(dispute: Dispute, reply: DisputeReply, *, now: datetime) -> DisputeReply:
    reply.round, reply.reference = dispute.round, readable_code(16)
    reply.asked_by, reply.asked_at = current_actor().name[:120], now
    try:
        with transaction.atomic():
            reply.save(force_insert=True)
    except IntegrityError as error:
        if "one_reply_on_its_way_per_dispute" in str(error):
            raise AnswerOnItsWay() from error
        raise
    action = "dispute.evidence_given" if reply.kind == "evidence" else "dispute.acceptance_given"
    audit.record(action, subject=f"dispute:{dispute.id}", now=now, data={"reference": reply.reference})
    if not is_sent_by_us(dispute):
        status = "under_review" if reply.kind == "evidence" else "lost"
        taken(reply=reply, notice=services.notice_of(dispute, status=status), now=now, source="person")
        return reply
    job = jobs.enqueue(SEND_JOB, dedup_key=f"{SEND_JOB}:{reply.id}", payload={"reply_id": str(reply.id)})
    DisputeReply.objects.filter(id=reply.id).update(job_id=job.id)
    reply.job_id = job.id
    return reply


def _answer_of(reply: DisputeReply) -> DisputeAnswer:
    parts = [reply.text, *(f"{item['title']}\n{item['text']}" for item in reply.items)]
    attached = [(file["name"], file["sha256"], str(files.path_of(file["sha256"]))) for file in reply.files]
    return DisputeAnswer(
        reference=reply.reference,
        external_id=reply.dispute.external_id,
        kind=reply.kind,
        text="\n\n".join(part for part in parts if part),
        files=attached,
    )


def _locked(dispute_id: UUID) -> Dispute:
    """
    Lock order, payment and dispute in that order and return the dispute with its account.

    :raises NotFound: if the merchant has none with that id.
    """
    services.lock(dispute_id)
    return queries.get_dispute(dispute_id)
