"""Disputes as staff see and answer them, and as REST gives them out."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.clock import business_now
from merchant.core.tenancy import acting_for
from payments.disputes.models import Dispute, DisputeFile, DisputeReply
from payments.gateways.models import GatewayAccount
from payments.records.models import Payment
from reports.overview import need_queries
from reports.overview.queries import Narrowed
from tests.clients import signed_in
from tests.factories import a_gateway_account, a_staff_member, a_store, an_authorised_payment
from tests.factories.disputes import a_dispute

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 parcel"


@pytest.fixture
def owner(merchant):
    return signed_in(a_staff_member(merchant, role="owner"))


def live(merchant, **changes):
    """A dispute whose deadline lies ahead of the merchant's clock."""
    return a_dispute(merchant, due_at=business_now(merchant.id) + timedelta(days=6), **changes)


def form(client, path, **fields):
    return client.post(path, {"idempotency_key": str(uuid4()), **fields})


def test_the_list_shows_filters_and_sorts(merchant, owner):
    small, large = live(merchant, minor=1000), live(merchant, minor=9000, reason="product_not_received")
    with acting_for(merchant.id):
        Dispute.objects.filter(id=small.id).update(status="submitted")

    page = owner.get("/disputes/").content.decode()
    assert str(small.id) in page
    assert str(large.id) in page
    waiting = owner.get("/disputes/?status=submitted").content.decode()
    assert (str(small.id) in waiting, str(large.id) in waiting) == (True, False)
    by_amount = owner.get("/disputes/?order=amount").content.decode()
    assert by_amount.index(str(large.id)) < by_amount.index(str(small.id))
    rows = owner.get("/api/v1/disputes/?reason=not_received").json()["data"]
    assert [row["id"] for row in rows] == [str(large.id)]
    assert owner.get("/api/v1/disputes/?colour=red").status_code == 400


def test_the_page_proposes_what_the_reason_asks_for(merchant, owner):
    dispute = live(merchant)

    page = owner.get(f"/disputes/{dispute.id}/").content.decode()

    assert "How it was paid" in page
    assert "Our books have nothing about this." in page
    assert "Accept the dispute" in page
    assert "(Europe/Berlin)" in page


def test_evidence_is_given_once_however_often_the_button_is_pressed(merchant, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    dispute = live(merchant)
    file = SimpleUploadedFile("parcel.pdf", PDF, content_type="application/pdf")
    assert owner.post(f"/disputes/{dispute.id}/files/", {"file": file}).status_code == 302
    key = str(uuid4())

    first = owner.post(
        f"/disputes/{dispute.id}/evidence/", {"idempotency_key": key, "text": "Sent", "item": ["payment"]}
    )
    again = owner.post(
        f"/disputes/{dispute.id}/evidence/", {"idempotency_key": key, "text": "Sent", "item": ["payment"]}
    )

    assert (first.status_code, again.status_code) == (302, 302)
    with acting_for(merchant.id):
        [reply] = DisputeReply.objects.all()
    assert [item["key"] for item in reply.items] == ["payment"]
    assert [one["name"] for one in reply.files] == ["parcel.pdf"]
    assert "Our answer is on its way." in owner.get(f"/disputes/{dispute.id}/").content.decode()


@pytest.mark.parametrize(
    ("name", "body"), [("a.pdf", b"MZ not a pdf"), ("b.png", b""), ("c.jpg", b"\xff\xd8\xff" + b"x" * 4_200_000)]
)
def test_a_file_no_scheme_reads_is_refused_and_not_kept(merchant, owner, settings, tmp_path, name, body):
    settings.MEDIA_ROOT = tmp_path
    dispute = live(merchant)

    answer = owner.post(f"/disputes/{dispute.id}/files/", {"file": SimpleUploadedFile(name, body)})

    assert answer.status_code == 422
    with acting_for(merchant.id):
        assert not DisputeFile.objects.exists()


def test_an_answer_after_the_deadline_is_refused_and_nothing_is_stored(merchant, owner):
    dispute = a_dispute(merchant, due_at=None)
    with acting_for(merchant.id):
        Dispute.objects.filter(id=dispute.id).update(status="won")

    answer = form(owner, f"/disputes/{dispute.id}/evidence/", text="late")

    assert answer.status_code == 409
    with acting_for(merchant.id):
        assert not DisputeReply.objects.exists()


def test_a_dispute_by_letter_is_recorded_answered_and_decided_by_hand(merchant, owner):
    account = a_gateway_account(merchant)
    with acting_for(merchant.id):
        GatewayAccount.objects.filter(id=account.id).update(gateway="manual")
    payment = an_authorised_payment(account, minor=5000).payment_id
    assert owner.get(f"/payments/{payment}/dispute/").status_code == 200

    opened = form(
        owner,
        f"/payments/{payment}/dispute/",
        amount="20.00",
        reason="duplicate",
        phase="chargeback",
        due="2030-01-01T12:00",
    )
    assert opened.status_code == 302
    with acting_for(merchant.id):
        dispute = Dispute.objects.get()
    assert (dispute.status, dispute.held_minor, dispute.origin) == ("evidence_due", 2000, "person")
    form(owner, f"/disputes/{dispute.id}/evidence/", text="It was two orders.")
    form(owner, f"/disputes/{dispute.id}/outcome/", outcome="won", returned="15.00", note="letter of 3 May")

    dispute.refresh_from_db()
    assert (dispute.status, dispute.held_minor, dispute.lost_minor) == ("won", 0, 500)
    page = owner.get(f"/disputes/{dispute.id}/").content.decode()
    assert "letter of 3 May" in page


@pytest.mark.parametrize(("amount", "status"), [("50.01", 422), ("x", 422), ("", 422)])
def test_a_letter_that_cannot_be_is_refused(merchant, owner, amount, status):
    payment = an_authorised_payment(a_gateway_account(merchant), minor=5000).payment_id

    answer = form(owner, f"/payments/{payment}/dispute/", amount=amount, reason="other", phase="chargeback")

    assert answer.status_code == status
    with acting_for(merchant.id):
        assert not Dispute.objects.exists()


def test_who_may_only_look_is_offered_no_answer(merchant):
    dispute = live(merchant)
    auditor = signed_in(a_staff_member(merchant, role="auditor"))

    page = auditor.get(f"/disputes/{dispute.id}/").content.decode()

    assert "Send the answer" not in page
    assert form(auditor, f"/disputes/{dispute.id}/acceptance/").status_code == 403
    with acting_for(merchant.id):
        assert not DisputeReply.objects.exists()


def test_another_stores_dispute_is_not_there(merchant):
    store = a_store(merchant)
    member = a_staff_member(merchant, role="manager", stores=[store])
    dispute = live(merchant)
    client = signed_in(member)

    assert client.get(f"/disputes/{dispute.id}/").status_code == 404
    assert client.get("/api/v1/disputes/").json()["data"] == []


def test_home_and_the_payment_tell_of_it(merchant, owner):
    dispute = live(merchant)
    with acting_for(merchant.id):
        payment = Payment.objects.get()
        needs = need_queries.list_needs(
            Narrowed(), rights=frozenset({"dispute.read"}), today=dispute.business_date, now=dispute.opened_at
        )
    [row] = [need for need in needs if need["kind"] == "dispute"]
    assert (row["id"], row["minor"]) == (str(dispute.id), 5000)

    assert "answer by" in owner.get("/").content.decode()
    page = owner.get(f"/payments/{payment.id}/").content.decode()
    assert "Disputed" in page
    assert f"/disputes/{dispute.id}/" in page
