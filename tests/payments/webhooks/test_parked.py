"""Events that nothing could be made of: staff see them, try them again, put them aside; nobody else's are theirs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.ledger.models import Journal
from payments.records.models import Operation
from payments.webhooks import services
from payments.webhooks.models import ATTEMPTS_MAX, InboundWebhook
from tests.clients import send, signed_in, with_key
from tests.factories import a_merchant, a_staff_member, an_api_key
from tests.factories.papers import a_parked_event
from tests.payments.webhooks.deliveries import deliver
from tests.payments.webhooks.test_inbound import an_operation, books
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop

pytestmark = pytest.mark.django_db
EVENTS = "/gateway-events/"


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    """A shop with an account at the processor."""
    return a_shop(processor)


def the_event() -> InboundWebhook:
    """The only event there is, as it is now."""
    return InboundWebhook.across_merchants.select_related("gateway_account").get()


def acts() -> list[str]:
    """What was done to events."""
    rows = AuditEntry.across_merchants.filter(action__startswith="gateway_event.")
    return list(rows.order_by("id").values_list("action", flat=True))


def test_an_event_is_tried_again_by_a_person_when_its_payment_is_in_the_books(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()
    event = the_event()
    owner = signed_in(a_staff_member(shop.merchant, role="owner"))

    send(owner, f"{EVENTS}{event.id}/retry/")
    assert (the_event().processed_at, the_event().attempts) == (None, 1)

    operation = an_operation(shop)
    with acting_for(shop.merchant.id):
        Operation.objects.filter(id=operation.id).update(reference="NOTYETKNOWN")
    assert send(owner, f"{EVENTS}{event.id}/retry/").status_code == 302

    assert the_event().processed_at is not None
    assert books(shop) == ("captured", 2500, 1, 1)
    assert send(owner, f"{EVENTS}{event.id}/retry/").status_code == 409
    assert books(shop) == ("captured", 2500, 1, 1)
    assert acts() == ["gateway_event.tried_again"] * 2
    assert "In the books now" in owner.get(f"{EVENTS}{event.id}/").content.decode()


def test_what_was_put_aside_is_not_tried_by_itself_and_can_still_be_tried(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()
    event = the_event()
    owner = signed_in(a_staff_member(shop.merchant, role="owner"))

    assert send(owner, f"{EVENTS}{event.id}/aside/", reason=" ").status_code == 400
    assert the_event().put_aside_at is None and acts() == []
    send(owner, f"{EVENTS}{event.id}/aside/", reason="paid at the old system")
    send(owner, f"{EVENTS}{event.id}/aside/", reason="another")

    assert the_event().put_aside_reason == "paid at the old system"
    assert acts() == ["gateway_event.put_aside"]
    InboundWebhook.across_merchants.update(received_at=machine_now() - timedelta(days=1))
    operation = an_operation(shop)
    with acting_for(shop.merchant.id):
        Operation.objects.filter(id=operation.id).update(reference="NOTYETKNOWN")
    assert services.process_inbound() == 0
    assert books(shop)[2] == 0
    send(owner, f"{EVENTS}{event.id}/retry/")
    assert books(shop)[2] == 1


def test_tries_by_hand_do_not_have_it_given_up(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()
    with acting_for(shop.merchant.id):
        for _ in range(ATTEMPTS_MAX):
            assert not services.try_again(event_id=the_event().id, now=machine_now())

    operation = an_operation(shop)
    with acting_for(shop.merchant.id):
        Operation.objects.filter(id=operation.id).update(reference="NOTYETKNOWN")
    InboundWebhook.across_merchants.update(received_at=machine_now() - timedelta(seconds=3))
    assert services.process_inbound() == 1
    assert books(shop)[2] == 1


def test_a_token_that_came_before_tokens_were_sealed_leaves_the_body_with_the_use_of_the_event(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()
    operation, event = an_operation(shop), the_event()
    event.body["outcome"]["stored_token"] = event.body["event"]["stored_token"] = "stk_in_the_clear"
    with acting_for(shop.merchant.id):
        InboundWebhook.objects.update(body=event.body)
        Operation.objects.filter(id=operation.id).update(reference="NOTYETKNOWN")

        assert services.try_again(event_id=event.id, now=machine_now())

    assert "stk_in_the_clear" not in json.dumps(the_event().body)
    assert books(shop)[2] == 1


def test_a_token_that_was_used_is_with_the_card_alone(shop: Shop) -> None:
    operation = an_operation(shop)
    deliver(shop, "evt_1", operation.reference, stored_token="stk_for_the_card_alone")
    assert bytes(the_event().token)

    assert services.process_inbound() == 1

    assert (the_event().processed_at is not None, bytes(the_event().token)) == (True, b"")


def test_an_event_that_was_not_tried_yet_is_not_put_aside() -> None:
    merchant = a_merchant()
    event = a_parked_event(merchant, attempts=0)
    owner = signed_in(a_staff_member(merchant, role="owner"))

    assert send(owner, f"{EVENTS}{event.id}/aside/", reason="early").status_code == 409
    assert the_event().put_aside_at is None
    assert event.external_id not in owner.get(EVENTS).content.decode()


def test_the_list_is_narrowed_by_state_and_topic() -> None:
    merchant = a_merchant()
    events = {
        "trying": a_parked_event(merchant, topic="payment.voided"),
        "given_up": a_parked_event(merchant, attempts=ATTEMPTS_MAX),
        "put_aside": a_parked_event(merchant, put_aside_at=machine_now(), put_aside_reason="known"),
    }
    a_parked_event(merchant, processed_at=machine_now())
    client = signed_in(a_staff_member(merchant, role="owner"))
    api = with_key(an_api_key(merchant, scopes=["webhooks"])[1])

    for state, event in events.items():
        page = client.get(f"{EVENTS}?state={state}").content.decode()
        assert [other for other, one in events.items() if str(one.id) in page] == [state]
        told = api.get(f"/api/v1/gateway-events/?state={state}").json()["results"]
        assert [(row["id"], row["status"]) for row in told] == [(str(event.id), state)]
    assert len(api.get("/api/v1/gateway-events/").json()["results"]) == 3
    assert len(api.get("/api/v1/gateway-events/?topic=payment.voided").json()["results"]) == 1
    assert api.get("/api/v1/gateway-events/?state=lost").status_code == 400


@pytest.mark.parametrize(("role", "is_seen"), [("owner", True), ("support", False)])
def test_support_sees_what_was_told_without_words_about_people(role: str, is_seen: bool) -> None:
    merchant = a_merchant()
    event = a_parked_event(merchant, last_error="ValueError: Kim Berg is no amount")
    client = signed_in(a_staff_member(merchant, role=role))

    page = client.get(f"{EVENTS}{event.id}/").content.decode()
    listed = client.get(EVENTS).content.decode()
    told = client.get(f"/api/v1/gateway-events/{event.id}/").json()

    assert ("Kim Berg" in page, "Kim Berg" in listed, "Kim Berg" in json.dumps(told)) == (is_seen,) * 3
    assert told["payload"]["data"]["status"] == "captured" and told["payload"]["data"]["amount_minor"] == 2500


def test_support_neither_tries_again_nor_puts_aside() -> None:
    merchant = a_merchant()
    event = a_parked_event(merchant)
    support = signed_in(a_staff_member(merchant, role="support"))

    assert f"{EVENTS}{event.id}/retry/" not in support.get(f"{EVENTS}{event.id}/").content.decode()
    assert send(support, f"{EVENTS}{event.id}/retry/").status_code == 403
    assert send(support, f"{EVENTS}{event.id}/aside/", reason="x").status_code == 403
    assert (the_event().attempts, the_event().put_aside_at, acts()) == (3, None, [])


def test_another_merchants_event_is_not_there() -> None:
    event = a_parked_event(a_merchant())
    owner = signed_in(a_staff_member(a_merchant(), role="owner"))

    assert owner.get(f"{EVENTS}{event.id}/").status_code == 404
    assert owner.get(f"/api/v1/gateway-events/{event.id}/").status_code == 404
    assert send(owner, f"{EVENTS}{event.id}/retry/").status_code == 404
    assert send(owner, f"{EVENTS}{event.id}/aside/", reason="x").status_code == 404
    assert str(event.id) not in owner.get(EVENTS).content.decode()
    assert (the_event().attempts, the_event().put_aside_at, acts()) == (3, None, [])


def test_home_says_it_until_the_last_one_is_put_aside() -> None:
    merchant = a_merchant()
    event = a_parked_event(merchant)
    a_parked_event(merchant, received_at=machine_now())
    owner = signed_in(a_staff_member(merchant, role="owner"))
    words = "1 event of a processor could not be used"

    assert words in owner.get("/").content.decode()
    send(owner, f"{EVENTS}{event.id}/aside/", reason="known")
    assert words not in owner.get("/").content.decode()


def test_the_file_has_the_rows_of_the_list_and_nothing_of_what_was_told() -> None:
    from reports.exports.formats.base import Narrowed
    from reports.exports.formats.gateway_events import build

    merchant = a_merchant()
    a_parked_event(merchant)
    given_up = a_parked_event(merchant, attempts=ATTEMPTS_MAX)
    with acting_for(merchant.id):
        rows = build(Narrowed({"state": "given_up"}))
        from merchant.core import db

        [row] = db.rows(rows.select, rows.parameters)
    assert str(given_up.id) in map(str, row) and "given_up" in row
    assert "Kim Berg" not in str(row)


def test_a_token_of_a_kept_card_is_sealed_and_in_no_body(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN", stored_token="stk_not_to_be_found_in_a_dump")

    event = the_event()
    assert "stk_not" not in json.dumps(event.body)
    with acting_for(shop.merchant.id):
        token = vault.open_secret(bytes(event.token), context=services.token_context(event.id))
        assert services._token_of(event) == token == "stk_not_to_be_found_in_a_dump"
        assert Journal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_being_read_right_now_is_not_said_to_be_of_no_use(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()
    event = the_event()
    owner = signed_in(a_staff_member(shop.merchant, role="owner"))

    with db.open_session(autocommit=False) as relay:
        relay.execute("SELECT FROM webhook_inbound WHERE id = %s FOR UPDATE", [event.id])
        answer = send(owner, f"{EVENTS}{event.id}/retry/")

    assert answer.status_code == 409
    assert "is being read right now" in answer.content.decode()
    assert acts() == [] and (the_event().processed_at, the_event().attempts) == (None, 1)
