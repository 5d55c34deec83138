"""The inbox: what needs somebody over all modules, ranked, given to people, each seeing only what is theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import acting_for
from reports.overview import live
from reports.overview.inbox import weight
from reports.overview.models import NeedOwner
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store
from tests.factories.disputes import a_dispute
from tests.factories.people import an_approval

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_row(kind, *, minor=None, hours=0.0):
    return {
        "kind": kind, "minor": minor, "currency": "" if minor is None else "EUR", "at": NOW + timedelta(hours=hours), "number": 1,
    }  # fmt: skip


def test_money_and_deadline_rank_together():
    ranked = [
        a_row("dispute", minor=249_00, hours=-1),
        a_row("dispute", minor=249_00, hours=20),
        a_row("offline"),
        a_row("dispute", minor=249_00, hours=60),
        a_row("late_payout", minor=30_00, hours=-24),
        a_row("low_stock"),
        a_row("dispute", minor=249_00, hours=200),
    ]

    assert [weight(row, NOW) for row in ranked] == sorted({weight(row, NOW) for row in ranked}, reverse=True)


def ticked(client, keys, member_id="", key="inbox-1"):
    return client.post(
        "/inbox/owner/", {"selected": keys, "member": member_id, "idempotency_key": key, "back": "/inbox/?owner=none"}
    )


@pytest.mark.django_db
def test_a_thing_is_given_to_a_person_and_back_to_nobody(merchant):
    dispute, mara = a_dispute(merchant), a_staff_member(merchant)
    jonas, key = a_staff_member(merchant, role="manager"), f"dispute-{dispute.id}"
    client = signed_in(mara)
    assert key in client.get("/inbox/").content.decode()

    answer = ticked(client, [key, "dispute-of-somebody-else"], jonas.id)

    assert answer["Location"] == "/inbox/?owner=none"
    assert key not in client.get("/inbox/?owner=none").content.decode()
    assert key in signed_in(jonas).get(f"/inbox/?owner={jonas.id}").content.decode()
    ticked(client, [key], jonas.id, key="inbox-2")
    with acting_for(merchant.id):
        assert [(row.key, row.member_id) for row in NeedOwner.objects.all()] == [(key, jonas.id)]
        assert AuditEntry.objects.filter(action="need.given").count() == 1
    ticked(client, [key], key="inbox-3")
    with acting_for(merchant.id):
        assert not NeedOwner.objects.exists()


@pytest.mark.django_db
def test_nobody_gives_what_they_do_not_see_nor_to_strangers(merchant):
    dispute = a_dispute(merchant)
    stranger = a_staff_member(a_merchant())
    of_another_store = a_staff_member(merchant, role="manager", stores=[a_store(merchant)])

    ticked(signed_in(of_another_store), [f"dispute-{dispute.id}"], of_another_store.id)
    refused = ticked(signed_in(a_staff_member(merchant)), [f"dispute-{dispute.id}"], stranger.id)

    assert refused.status_code == 404
    assert not NeedOwner.across_merchants.exists()


@pytest.mark.django_db
def test_the_inbox_is_narrowed_by_module_and_is_where_the_bell_leads(merchant):
    dispute, approval = a_dispute(merchant), an_approval(merchant)
    client = signed_in(a_staff_member(merchant))

    page = client.get("/inbox/?module=disputes").content.decode()

    assert f"dispute-{dispute.id}" in page and f"approval-{approval.id}" not in page
    assert 'href="/inbox/"' in page
    assert "Nothing matches" in client.get("/inbox/?module=developers").content.decode()


def test_open_inboxes_are_told_when_something_came_or_went_and_only_then(monkeypatch):
    told = []
    monkeypatch.setattr(live.screens, "push", lambda *_args, event, **_others: told.append(event["kind"]))
    merchant_id = uuid4()

    for listed in ({"a"}, {"a"}, {"a", "b"}, {"a"}):
        live.tell_inboxes(merchant_id, frozenset(listed))

    assert told == ["changed"] * 3
