"""A dispute from the shopper's card to the closed books: processor, signed webhook, relay, jobs, REST, settlement."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from standardwebhooks import Webhook

from merchant.core.clock import business_now, move_business_clock
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.messages.models import Message
from payments.disputes import reminders
from payments.disputes.models import Dispute, DisputeReply
from payments.disputes.replies import SEND_JOB
from payments.disputes.tasks import DEADLINES_JOB
from payments.gateways.registry import access
from payments.processing.authorisations import request_authorisation
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import a_placed_order, a_staff_member
from tests.payments.reconciliation.test_against_the_processor import Day
from tests.receiver import a_receiver
from tests.shops import run_relay

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 parcel"
ANSWER_SECONDS_MAX = 20


@dataclass(frozen=True)
class Event:
    """One delivery of the processor."""

    headers: dict[str, str]
    body: bytes

    @property
    def kind(self):
        return json.loads(self.body)["type"]


class Story(Day):
    """A day at the processor whose events are carried over by hand, signed, in the order one likes."""

    def __init__(self, processor, listener):
        super().__init__(processor)
        self.listener = listener
        self.control_account(webhook_url=listener.url)

    def control_account(self, **changes):
        with acting_for(self.merchant.id):
            opened = access(self.account).secrets
        body = {
            "account": self.external_id,
            "api_key": opened["api_key"],
            "terminal_key": opened["terminal_key"],
            **changes,
        }
        self.processor.control("POST", "accounts", body | {"webhook_secrets": [opened["webhook_secret"]]})

    def events(self, *kinds):
        """Wait until the processor has sent these and return them, as received."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while time.monotonic() < deadline:
            sent = [Event(headers, body) for _, headers, body in list(self.listener.requests)]
            found = [event for event in sent if event.kind.startswith("dispute.")]
            if {event.kind for event in found} >= set(kinds):
                return found
            time.sleep(0.05)
        raise AssertionError([event.kind for event in sent])

    def deliver(self, client, events):
        for event in events:
            answer = client.post(
                f"/webhooks/sandbox/{self.account.id}/", event.body, content_type="application/json",
                headers={name: event.headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")},
            )  # fmt: skip
            assert answer.status_code == 200, answer.content
        run_relay()

    def balance(self, kind):
        return ledger.balance(kind, subject=str(self.account.id)).get("EUR", 0)


@pytest.fixture
def story(processor, db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with a_receiver() as listener:
        made = Story(processor, listener)
        with acting_for(made.merchant.id):
            yield made


@pytest.fixture
def owner(story):
    return signed_in(a_staff_member(story.merchant, role="owner"))


def post(client, path, body=None, key=None):
    return client.post(
        f"/api/v1/{path}", body or {}, content_type="application/json", headers={"idempotency-key": key or str(uuid4())}
    )


def pay_with(story, token, minor=5000):
    order = a_placed_order(story.merchant, minor=minor)
    operation = request_authorisation(
        order_id=order.id, method="card", amount=Money(minor, "EUR"), gateway_account=story.account,
        now=business_now(story.merchant.id), instrument={"token": token},
    )  # fmt: skip
    run_relay()
    operation.refresh_from_db()
    assert operation.status == "succeeded"
    return operation


def test_a_disputed_card_is_answered_in_time_and_won(story, owner, client):
    paid = pay_with(story, "tok_dispute")
    story.close()
    story.deliver(client, story.events("dispute.opened"))

    [row] = owner.get("/api/v1/disputes/").json()["data"]
    assert (row["status"], row["amount"]["amount_minor"], row["reason"]) == ("evidence_due", 5000, "fraudulent")
    assert str(paid.payment_id) == row["payment_id"]
    refused = post(
        owner,
        f"payments/{row['payment_id']}/refunds/",
        {"amount": {"amount_minor": 100, "currency": "EUR"}, "reason": "x"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_disputed")

    file = SimpleUploadedFile("parcel.pdf", PDF, content_type="application/pdf")
    assert owner.post(f"/api/v1/disputes/{row['id']}/files/", {"file": file}).status_code == 201
    answer = post(owner, f"disputes/{row['id']}/evidence/", {"text": "winning_evidence", "items": ["order", "payment"]})
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    assert [item["key"] for item in answer.json()["items"]] == ["payment", "order"]
    assert jobs.run(Job.objects.get(kind=SEND_JOB).id) == "done"
    assert DisputeReply.objects.get().status == "taken"
    assert Dispute.objects.get().status == "submitted"

    story.deliver(client, story.events("dispute.submitted", "dispute.won"))
    assert (Dispute.objects.get().status, story.balance("disputed"), story.balance("dispute_losses")) == ("won", 0, 0)

    told = owner.get(f"/api/v1/disputes/{row['id']}/").json()
    assert [note["said"] for note in told["notes"] if note["changed"]] == ["open", "under_review", "won"]


def test_events_in_the_wrong_order_and_twice_end_the_same(story, owner, client):
    sale = story.sell(5000)
    opened = story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 5000})
    story.control("POST", f"disputes/{opened['id']}/close", {"outcome": "won"})
    story.control("POST", f"disputes/{opened['id']}/reopen", {})
    story.control("POST", f"disputes/{opened['id']}/close", {"outcome": "lost"})
    events = story.events("dispute.opened", "dispute.won", "dispute.reopened", "dispute.lost")

    story.deliver(client, [*reversed(events), *events])

    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.round, dispute.lost_minor) == ("lost", 2, 5000)
    assert (story.balance("disputed"), story.balance("dispute_losses")) == (0, 5000)
    assert len({event.headers["webhook-id"] for event in events}) == 4


def test_an_event_that_is_not_signed_moves_nothing(story, client):
    sale = story.sell(5000)
    story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 5000})
    [event] = story.events("dispute.opened")
    forged = Webhook("whsec_" + "A" * 43 + "=").sign("evt_1", datetime.now(UTC), event.body.decode())

    answer = client.post(
        f"/webhooks/sandbox/{story.account.id}/", event.body, content_type="application/json",
        headers={"webhook-id": "evt_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": forged},
    )  # fmt: skip
    run_relay()

    assert answer.status_code == 401
    assert not Dispute.objects.exists()


def test_accepting_books_the_loss_once_the_processor_confirms(story, owner, client):
    sale = story.sell(5000)
    story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 2000})
    story.deliver(client, story.events("dispute.opened"))
    dispute = Dispute.objects.get()
    key = str(uuid4())

    first = post(owner, f"disputes/{dispute.id}/acceptance/", key=key)
    again = post(owner, f"disputes/{dispute.id}/acceptance/", key=key)
    second = post(owner, f"disputes/{dispute.id}/evidence/", {"text": "too late"})

    assert (first.status_code, again.content) == (202, first.content)
    assert (second.status_code, second.json()["code"]) == (409, "dispute_answer_on_its_way")
    assert story.balance("dispute_losses") == 0
    assert jobs.run(Job.objects.get(kind=SEND_JOB).id) == "done"
    dispute.refresh_from_db()
    assert (dispute.status, dispute.lost_minor, story.balance("dispute_losses")) == ("accepted", 2000, 2000)


def test_an_answer_the_processor_does_not_take_is_shown_and_nothing_changes(story, owner, client):
    sale = story.sell(5000)
    opened = story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 2000})
    story.deliver(client, story.events("dispute.opened"))
    story.control("POST", f"disputes/{opened['id']}/close", {"outcome": "lost"})
    dispute = Dispute.objects.get()

    assert post(owner, f"disputes/{dispute.id}/evidence/", {"text": "we sent it"}).status_code == 202
    assert jobs.run(Job.objects.get(kind=SEND_JOB).id) == "done"

    reply = DisputeReply.objects.get()
    assert (reply.status, bool(reply.refusal)) == ("refused", True)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.held_minor) == ("evidence_due", 2000)


def test_reminders_come_7_3_and_1_days_before_once_each_in_the_stores_time(story, client):
    member = a_staff_member(story.merchant, role="owner")
    a_staff_member(story.merchant, role="cashier")
    sale = story.sell(5000)
    story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 2000, "due_days": 10})
    story.deliver(client, story.events("dispute.opened"))
    dispute = Dispute.objects.get()

    told = []
    for days in (8, 6.9, 6.5, 2.9, 0.9, 0.5):
        told.append(reminders.send_due(now=dispute.due_at - timedelta(days=days)))

    assert told == [0, 1, 0, 1, 1, 0]
    mails = Message.objects.filter(kind="dispute_reminder").order_by("id")
    assert {mail.recipient for mail in mails} == {member.user.email}
    assert "Europe/Berlin" in mails[0].body_text
    assert f"/disputes/{dispute.id}/" in mails[0].body_html


def test_the_deadlines_job_marks_what_is_overdue(story, client):
    sale = story.sell(5000)
    story.control("POST", "disputes", {"payment_id": sale.gateway_reference, "amount_minor": 2000, "due_days": 1})
    story.deliver(client, story.events("dispute.opened"))
    move_business_clock(story.merchant.id, to=business_now(story.merchant.id) + timedelta(days=2))

    job = jobs.enqueue(DEADLINES_JOB, dedup_key="test", payload={})
    assert jobs.run(job.id) == "done"
    deliver_events()

    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.held_minor, Job.objects.get(id=job.id).result["expired"]) == ("expired", 2000, 1)
