"""Four eyes: asked by one, granted by another, used once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from merchant.accounts.approvals import services
from merchant.accounts.approvals.models import Approval, StaffPin
from merchant.accounts.approvals.services import ApprovalEnded, ApprovalNeeded, Wish
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import Actor, acting_for
from tests.clients import signed_in, with_device
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]

PIN = "490317"


def actor_of(member: Any) -> Actor:
    return Actor("staff", member.id, str(member.user))


def a_wish(minor: int = 5000, subject: str = "payment:1", store_id: Any = None) -> Wish:
    return Wish("refund.approve", subject, "coffee machine leaks", Money(minor, "EUR"), store_id)


def ask(client: Client, *, key: str = "", **changes: Any) -> Any:
    body = {
        "right": "refund.approve",
        "subject": "payment:1",
        "amount": {"amount_minor": 5000, "currency": "EUR"},
        "reason": "leaks",
    } | changes
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post("/api/v1/approvals/", body, content_type="application/json", headers=headers)


def post(client: Client, path: str, body: Any = None) -> Any:
    headers = {"Idempotency-Key": str(uuid4())}
    return client.post(path, body or {}, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("right", "reason", "shown"),
    [
        ("refund.approve", "not_received", "Not received"),
        ("refund.approve", "wrong_item: two sizes too small", "Wrong item: two sizes too small"),
        ("offline.accept", "sale_cash_max_minor", "too much cash in one sale"),
        ("reconciliation.approve", "write off: PAY-7", "Write the difference off: PAY-7"),
        ("reconciliation.approve", "book: PAY-7 insurance", "Book it to an account: PAY-7 insurance"),
        (
            "reconciliation.approve",
            "close a batch with decisions of one person",
            "Close a batch with decisions of one person",
        ),
        ("refund.approve", "the customer: brought it back", "the customer: brought it back"),
        # What one right has names for, a person types where another is asked for.
        ("discount.approve", "book: school list", "book: school list"),
        ("discount.approve", "damaged", "damaged"),
        ("refund.approve", "claim: broken lid", "claim: broken lid"),
        ("shift.approve", "mistake: 20 in the wrong drawer", "mistake: 20 in the wrong drawer"),
    ],
)
def test_why_something_is_asked_for_is_shown_in_words(right: str, reason: str, shown: str) -> None:
    merchant = a_merchant()
    asked = ask(signed_in(a_staff_member(merchant, role="manager")), right=right, reason=reason)
    assert asked.status_code == 201, asked.content
    owner = signed_in(a_staff_member(merchant, role="owner"))

    page, home = owner.get("/approvals/").content.decode(), owner.get("/").content.decode()

    assert f">{shown}</td>" in page
    assert f": {shown}<" in home


def test_another_person_with_the_right_grants_and_it_is_used_once() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    asked = ask(signed_in(cashier))
    assert asked.status_code == 201, asked.content

    granted = post(signed_in(manager), f"/api/v1/approvals/{asked.json()['id']}/grants/")

    assert (granted.status_code, granted.json()["status"]) == (200, "granted"), granted.content
    with acting_for(merchant.id, actor_of(cashier)):
        used = services.use_approval(approval_id=asked.json()["id"], wish=a_wish(4999))
        assert (used.status, used.decided_by_id) == ("used", manager.id)
        with pytest.raises(ApprovalNeeded):
            services.use_approval(approval_id=asked.json()["id"], wish=a_wish(1))
    actions = AuditEntry.across_merchants.filter(merchant_id=merchant.id).values_list("action", flat=True)
    assert {"approval.asked", "approval.granted", "approval.used"} <= set(actions)


def test_who_asked_does_not_grant() -> None:
    owner = a_staff_member(a_merchant(), role="owner")
    client = signed_in(owner)
    asked = ask(client).json()

    answer = post(client, f"/api/v1/approvals/{asked['id']}/grants/")

    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")
    assert Approval.across_merchants.get().status == "asked"


def test_a_manager_with_a_lower_limit_or_of_another_store_does_not_grant() -> None:
    merchant = a_merchant()
    altona, mitte = a_store(merchant), a_store(merchant)
    cashier = a_staff_member(merchant, role="cashier")
    bounded = a_staff_member(merchant, role="manager", refund_limit_minor=4999)
    elsewhere = a_staff_member(merchant, role="manager", stores=[mitte])
    asked = ask(signed_in(cashier), store_id=str(altona.id)).json()

    answers = [post(signed_in(one), f"/api/v1/approvals/{asked['id']}/grants/") for one in (bounded, elsewhere)]

    assert [answer.status_code for answer in answers] == [403, 404]
    assert Approval.across_merchants.get().status == "asked"


def test_the_refusal_names_who_may_approve_and_what_to_ask_for() -> None:
    merchant = a_merchant()
    cashier = a_staff_member(merchant, role="cashier")
    manager = a_staff_member(merchant, role="manager")
    a_staff_member(merchant, role="manager", refund_limit_minor=100)
    a_staff_member(merchant, role="auditor")

    with acting_for(merchant.id, actor_of(cashier)), pytest.raises(ApprovalNeeded) as refusal:
        services.use_approval(approval_id=None, wish=a_wish())

    assert [approver["id"] for approver in refusal.value.data["approvers"]] == [str(manager.id)]
    assert refusal.value.data["amount"] == {"amount_minor": 5000, "currency": "EUR"}
    assert str(manager.user) in refusal.value.message


@pytest.mark.parametrize(
    ("wish", "asker"),
    [
        (a_wish(5001), "self"),
        (a_wish(subject="payment:2"), "self"),
        (Wish("shift.approve", "payment:1", "", Money(5000, "EUR")), "self"),
        (Wish("refund.approve", "payment:1", "", Money(5000, "SEK")), "self"),
        (Wish("refund.approve", "payment:1", ""), "self"),
        (a_wish(), "somebody else"),
    ],
)
def test_an_approval_covers_its_own_act_and_asker_only(wish: Wish, asker: str) -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    with acting_for(merchant.id, actor_of(cashier)):
        approval = services.ask_approval(wish=a_wish())
        services.decide(approval_id=approval.id, member_id=manager.id, is_granted=True)

    with acting_for(merchant.id, actor_of(cashier if asker == "self" else manager)), pytest.raises(ApprovalNeeded):
        services.use_approval(approval_id=approval.id, wish=wish)

    assert Approval.across_merchants.get().status == "granted"


def test_after_a_quarter_of_an_hour_it_can_be_neither_granted_nor_used() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    with acting_for(merchant.id, actor_of(cashier)):
        late, granted = services.ask_approval(wish=a_wish()), services.ask_approval(wish=a_wish())
        services.decide(approval_id=granted.id, member_id=manager.id, is_granted=True)
        Approval.objects.update(expires_at=machine_now() - timedelta(seconds=1))

        with pytest.raises(ApprovalEnded):
            services.decide(approval_id=late.id, member_id=manager.id, is_granted=True)
        with pytest.raises(ApprovalNeeded):
            services.use_approval(approval_id=granted.id, wish=a_wish())

    assert services.expire_due() == 2
    assert set(Approval.across_merchants.values_list("status", flat=True)) == {"expired"}


def test_what_is_rolled_back_is_not_used() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    with acting_for(merchant.id, actor_of(cashier)):
        approval = services.ask_approval(wish=a_wish())
        services.decide(approval_id=approval.id, member_id=manager.id, is_granted=True)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            services.use_approval(approval_id=approval.id, wish=a_wish())
            raise ZeroDivisionError

        assert services.use_approval(approval_id=approval.id, wish=a_wish()).status == "used"


def a_till(merchant: Any) -> tuple[Client, Any]:
    store = a_store(merchant)
    _device, token = a_device(a_register(store))
    return with_device(token), store


def test_a_manager_grants_with_a_pin_at_the_till_that_asked() -> None:
    merchant = a_merchant()
    till, store = a_till(merchant)
    manager = a_staff_member(merchant, role="manager", stores=[store])
    assert post(signed_in(manager), "/api/v1/me/pin/", {"pin": PIN}).status_code == 204
    asked = ask(till, store_id=str(store.id)).json()

    answer = post(till, f"/api/v1/approvals/{asked['id']}/pin-grants/", {"member_id": str(manager.id), "pin": PIN})

    assert (answer.status_code, answer.json()["status"], answer.json()["decided_with_pin"]) == (200, "granted", True)
    stored = StaffPin.across_merchants.get().pin_hash
    assert stored.startswith("argon2$argon2id$")
    assert PIN not in stored


def test_a_pin_is_locked_after_five_wrong_tries_and_open_again_when_set_anew() -> None:
    merchant = a_merchant()
    till, store = a_till(merchant)
    manager = a_staff_member(merchant, role="manager")
    with acting_for(merchant.id):
        services.set_pin(member_id=manager.id, pin=PIN)
    asked = ask(till, store_id=str(store.id)).json()
    path = f"/api/v1/approvals/{asked['id']}/pin-grants/"

    wrong = [post(till, path, {"member_id": str(manager.id), "pin": "0815"}).json()["code"] for _ in range(6)]
    right = post(till, path, {"member_id": str(manager.id), "pin": PIN})

    assert wrong == ["pin_refused"] * 5 + ["pin_locked"]
    assert (right.status_code, right.json()["code"]) == (403, "pin_locked")
    assert Approval.across_merchants.get().status == "asked"
    with acting_for(merchant.id):
        services.set_pin(member_id=manager.id, pin="774410")
    assert post(till, path, {"member_id": str(manager.id), "pin": "774410"}).status_code == 200


def test_a_pin_needs_the_tablet_that_asked() -> None:
    merchant = a_merchant()
    till, store = a_till(merchant)
    other, _ = a_till(merchant)
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    with acting_for(merchant.id):
        services.set_pin(member_id=manager.id, pin=PIN)
    asked = ask(till, store_id=str(store.id)).json()
    path, body = f"/api/v1/approvals/{asked['id']}/pin-grants/", {"member_id": str(manager.id), "pin": PIN}

    assert [post(client, path, body).status_code for client in (other, signed_in(cashier))] == [404, 404]
    assert Approval.across_merchants.get().status == "asked"


@pytest.mark.parametrize("pin", ["123", "123456789", "1111", "1234", "9876", "12a4", ""])
def test_a_pin_that_is_guessed_in_a_few_tries_is_refused(pin: str) -> None:
    manager = a_staff_member(a_merchant(), role="manager")

    assert post(signed_in(manager), "/api/v1/me/pin/", {"pin": pin}).status_code in (400, 422)
    assert not StaffPin.across_merchants.exists()


def test_a_pin_is_set_only_by_who_signed_in_just_now() -> None:
    manager = a_staff_member(a_merchant(), role="manager")

    answer = post(signed_in(manager, seconds_ago=100_000), "/api/v1/me/pin/", {"pin": PIN})

    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_needed")


def test_the_page_shows_what_waits_and_decides_it() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    asked = ask(signed_in(cashier), reason="the customer brought it back").json()
    client = signed_in(manager)

    shown = client.get("/approvals/").content.decode()
    decided = client.post(f"/approvals/{asked['id']}/refuse/", {"idempotency_key": "once"})

    assert "the customer brought it back" in shown
    assert f"/approvals/{asked['id']}/grant/" in shown
    assert decided.status_code == 302
    assert Approval.across_merchants.get().status == "refused"
    assert f"/approvals/{asked['id']}/grant/" not in signed_in(cashier).get("/approvals/").content.decode()


@pytest.mark.parametrize(
    ("right", "subject", "words", "path"),
    [
        ("refund.approve", "loose_return:{till}", "Goods without a receipt", "/day-close/tills/{till}/"),
        ("offline.accept", "offline_sale:{till}", "Sale made offline", "/offline/"),
        ("discount.approve", "order:{till}", "Discount above the limit", "/orders/{till}/"),
    ],
)
def test_what_a_till_asks_for_is_said_in_words_and_not_by_its_id(
    right: str, subject: str, words: str, path: str
) -> None:
    merchant = a_merchant()
    till = a_register(a_store(merchant))
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    assert ask(signed_in(cashier), right=right, subject=subject.format(till=till.id)).status_code == 201

    shown = signed_in(manager).get("/approvals/").content.decode()

    assert words in shown and f'href="{path.format(till=till.id)}"' in shown
    assert subject.format(till=till.id) not in shown and right not in shown
    assert words in signed_in(manager).get("/").content.decode()


def test_home_lists_who_waits_for_approval() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    ask(signed_in(cashier))

    assert "waits for approval" in signed_in(manager).get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_at_once_one_wins() -> None:
    merchant = a_merchant()
    cashier, manager = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="manager")
    with acting_for(merchant.id, actor_of(cashier)):
        approval = services.ask_approval(wish=a_wish())
        services.decide(approval_id=approval.id, member_id=manager.id, is_granted=True)

    def use(_: int) -> bool:
        try:
            with acting_for(merchant.id, actor_of(cashier)), transaction.atomic():
                services.use_approval(approval_id=approval.id, wish=a_wish())
                return True
        except ApprovalNeeded:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(24))) == 1


def test_open_pages_are_told_when_somebody_asks_and_when_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    merchant, told = a_merchant(), []
    manager = a_staff_member(merchant, role="manager")
    monkeypatch.setattr(services.screens, "push", lambda _merchant, topic, **_event: told.append(topic))

    asked = ask(signed_in(a_staff_member(merchant, role="cashier")))
    assert told == [services.TOPIC, "payment:1"]
    post(signed_in(manager), f"/api/v1/approvals/{asked.json()['id']}/grants/")

    assert told == [services.TOPIC, "payment:1"] * 2


@pytest.mark.parametrize(("first", "second", "state"), [("grant", "refuse", "granted"), ("refuse", "grant", "refused")])
def test_who_answers_after_another_is_told_on_the_page_whose_answer_stands(first: str, second: str, state: str) -> None:
    merchant = a_merchant()
    asked = ask(signed_in(a_staff_member(merchant, role="cashier"))).json()
    owner, manager = a_staff_member(merchant, role="owner"), a_staff_member(merchant, role="manager")
    url = f"/approvals/{asked['id']}"
    signed_in(owner).post(f"{url}/{first}/", {"idempotency_key": "owner"})

    late = signed_in(manager).post(f"{url}/{second}/", {"idempotency_key": "manager"}, follow=True)

    page = late.content.decode()
    assert late.redirect_chain == [("/approvals/", 302)]
    assert f"{owner.user} decided about this before you: it is {state}. Your answer changed nothing." in page
    assert ('id="approvals-live"' in page, 'class="topbar"' in page) == (True, True)
    decided = Approval.across_merchants.get()
    assert (decided.status, decided.decided_by_id) == (state, owner.id)
    assert AuditEntry.across_merchants.filter(merchant_id=merchant.id, action__startswith="approval.").count() == 2
