"""An outcome nobody can find out is said by two people, and reality proves them right or wrong."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order import queries as orders
from payments.gateways.base import UNKNOWN, Outcome
from payments.processing.overriding import LOOKS_BEFORE_PEOPLE
from payments.records.models import Operation, Payment, PaymentOverride
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db
NO = Outcome(status="declined", decline_code="do_not_honour")


class Silence:
    """A payment of EUR 50.00 whose gateway never answered, and two people."""

    def __init__(self) -> None:
        self.shop = Shop(capture_mode="automatic")
        self.owner = a_staff_member(self.shop.merchant, role="owner")
        self.manager = a_staff_member(self.shop.merchant, role="manager")
        with acting_for(self.shop.merchant.id):
            self.operation = self.shop.apply(self.shop.authorise(), UNKNOWN)
            Operation.objects.filter(id=self.operation.id).update(looks=LOOKS_BEFORE_PEOPLE)

    def post(self, member: Any, path: str, body: Any = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        return signed_in(member).post(path, body or {}, content_type="application/json", headers=headers)

    def say(self, treat_as: str, **changes: Any) -> Any:
        path = f"/api/v1/operations/{self.operation.id}/overrides/"
        return self.post(self.owner, path, {"treat_as": treat_as, "reason": "the receipt was seen", **changes})

    def agree(self) -> str:
        """Have the manager approve what the owner asks for; return the approval's id."""
        needed = self.say("paid").json()["data"]
        wish = {name: needed[name] for name in ("right", "subject", "amount")} | {"reason": "the receipt was seen"}
        asked = self.post(self.owner, "/api/v1/approvals/", wish).json()
        granted = self.post(self.manager, f"/api/v1/approvals/{asked['id']}/grants/")
        assert granted.status_code == 200, granted.content
        return str(asked["id"])

    def tell(self, outcome: Outcome) -> None:
        with acting_for(self.shop.merchant.id):
            self.shop.apply(Operation.objects.get(id=self.operation.id), outcome, "webhook")

    @property
    def stands(self) -> tuple[str, str, int]:
        with acting_for(self.shop.merchant.id):
            operation = Operation.objects.get(id=self.operation.id)
            captured = Payment.objects.get().captured_minor
            return operation.status, PaymentOverride.objects.get().status, captured


@pytest.fixture
def silence() -> Silence:
    return Silence()


def test_one_person_alone_says_nothing(silence: Silence) -> None:
    answer = silence.say("paid")

    assert (answer.status_code, answer.json()["code"]) == (403, "approval_needed")
    assert [one["id"] for one in answer.json()["data"]["approvers"]] == [str(silence.manager.id)]
    assert Operation.across_merchants.get().status == "unknown"
    assert not PaymentOverride.across_merchants.exists()


def test_while_the_gateway_is_still_asked_at_short_intervals_nobody_decides(silence: Silence) -> None:
    Operation.across_merchants.update(looks=LOOKS_BEFORE_PEOPLE - 1)

    answer = silence.say("paid")

    assert (answer.status_code, answer.json()["code"]) == (409, "still_being_asked")
    queue = signed_in(silence.owner).get("/api/v1/unresolved-operations/").json()["results"]
    assert [(row["id"], row["is_for_people"]) for row in queue] == [(str(silence.operation.id), False)]
    assert signed_in(silence.owner).get("/api/v1/unresolved-operations/?for_people=1").json()["results"] == []


def test_treated_as_paid_it_is_booked_and_a_settlement_confirms_it(silence: Silence) -> None:
    answer = silence.say("paid", approval_id=silence.agree())

    assert (answer.status_code, answer.json()["status"]) == (201, "open"), answer.content
    assert silence.stands == ("succeeded", "open", 5000)
    silence.tell(SUCCESS)
    assert silence.stands == ("succeeded", "met", 5000)


def test_treated_as_paid_and_wrong_it_is_undone_in_the_books(silence: Silence) -> None:
    silence.say("paid", approval_id=silence.agree())

    silence.tell(NO)

    assert silence.stands == ("succeeded", "broken", 0)
    with acting_for(silence.shop.merchant.id):
        assert ledger.balance("clearing") == {}
        assert orders.open_minor(silence.shop.order) == 5000


def test_treated_as_not_paid_the_order_can_be_paid_and_a_late_yes_is_an_overpayment(silence: Silence) -> None:
    answer = silence.say("not_paid", approval_id=silence.agree())
    assert (answer.status_code, silence.stands) == (201, ("failed", "open", 0))
    shop = silence.shop
    with acting_for(shop.merchant.id):
        second = shop.authorise()
        shop.apply(second, SUCCESS)

    silence.tell(SUCCESS)

    with acting_for(shop.merchant.id):
        assert PaymentOverride.objects.get().status == "broken"
        assert (orders.overpaid_minor(shop.order), shop.order.captured_minor) == (5000, 10_000)


def test_an_approval_decides_once(silence: Silence) -> None:
    approval_id = silence.agree()
    assert silence.say("not_paid", approval_id=approval_id).status_code == 201

    again = silence.say("paid", approval_id=approval_id)

    assert (again.status_code, again.json()["code"]) == (409, "outcome_known")
    assert silence.stands[0] == "failed"


def test_the_page_asks_a_second_person_and_then_books(silence: Silence) -> None:
    client, path = signed_in(silence.owner), f"/operations/{silence.operation.id}/override/"
    form = {"treat_as": "paid", "reason": "the receipt was seen"}
    assert "Treat as paid" in client.get("/payments/unresolved/").content.decode()

    client.post(path, {**form, "idempotency_key": "one"})
    assert Operation.across_merchants.get().status == "unknown"
    asked = signed_in(silence.manager).get("/api/v1/approvals/?status=asked").json()["results"]
    silence.post(silence.manager, f"/api/v1/approvals/{asked[0]['id']}/grants/")
    client.post(path, {**form, "idempotency_key": "two"})

    assert len(asked) == 1
    assert silence.stands == ("succeeded", "open", 5000)
    assert "To be confirmed" in client.get("/payments/unresolved/").content.decode()


def test_an_unknown_outcome_is_asked_for_at_once_when_somebody_wants_the_next_thing(silence: Silence) -> None:
    with acting_for(silence.shop.merchant.id):
        before = Operation.objects.get().next_look_at

    payment_id = Payment.across_merchants.get().id
    answer = silence.post(silence.owner, f"/api/v1/payments/{payment_id}/captures/", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_outcome_unknown")
    assert Operation.across_merchants.get().next_look_at < before
