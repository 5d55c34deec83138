"""Pairing codes, tablets, tickets."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from merchant.accounts import callers, device_services, sockets
from merchant.accounts.device_services import PairingCodeRefused
from merchant.accounts.models import Device, PairingCode
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from tests.clients import signed_in, with_device
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]


def code_for(client: Client, register: Any) -> str:
    answer = client.post(f"/api/v1/registers/{register.id}/pairing-codes/")
    assert answer.status_code == 201, answer.content
    return answer.json()["code"]


def pair(code: str, name: str = "Counter tablet") -> Any:
    return Client().post("/api/v1/pairing/", {"code": code, "device_name": name}, content_type="application/json")


def test_a_tablet_is_paired_with_a_code_and_learns_where_it_is() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))

    answer = pair(code_for(signed_in(a_staff_member(merchant, role="manager")), register))

    assert answer.status_code == 201
    assert answer.json()["register"]["code"] == register.code
    assert answer.json()["store"]["currency"] == "EUR"
    me = with_device(answer.json()["token"]).get("/api/v1/me/").json()
    assert (me["kind"], me["register"]["id"], me["store_ids"]) == (
        "register",
        str(register.id),
        [str(register.store_id)],
    )


def test_a_second_tablet_is_paired_and_told_of_the_first_and_not_of_a_revoked_one() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    client = signed_in(a_staff_member(merchant))
    lost, _ = a_device(register, name="Lost tablet")
    client.post(f"/api/v1/devices/{lost.id}/revocations/")
    a_device(a_register(register.store), name="Another till's")
    first = pair(code_for(client, register)).json()

    asked = client.post(f"/api/v1/registers/{register.id}/pairing-codes/").json()
    second = pair(asked["code"], "Window tablet")

    assert first["other_tablets"] == []
    [told] = asked["other_tablets"]
    assert second.json()["other_tablets"] == [told]
    assert (told["id"], told["name"], told["last_seen_at"]) == (first["device_id"], "Counter tablet", None)
    assert told["paired_at"] is not None
    assert second.status_code == 201
    assert with_device(first["token"]).get("/api/v1/me/").status_code == 200


def test_a_tablet_is_read_with_one_statement_and_is_what_its_register_and_merchant_are(
    django_assert_num_queries: Any,
) -> None:
    merchant = a_merchant(zone="Europe/Stockholm", day_cutoff=time(3, 30), base_currency="SEK")
    register = a_register(a_store(merchant, currency="EUR", day_cutoff=time(5, 0)), is_training=True)
    device, token = a_device(register)
    Device.across_merchants.update(refund_limit_minor=5_000)
    callers.find_device(token)
    callers.forget()

    with django_assert_num_queries(1):
        caller = callers.find_device(token)

    assert caller is not None
    assert (caller.kind, caller.id, caller.name) == ("register", device.id, f"{register.name} ({device.name})")
    assert caller.merchant == callers.merchant_facts(merchant)
    assert caller.register == callers.register_facts(register)
    assert (caller.register_id, caller.store_id, caller.stores) == (register.id, register.store_id, {register.store_id})
    assert caller.refund_limit_minor == 5_000


def test_a_tablet_of_a_merchant_that_was_put_away_is_nobody() -> None:
    register = a_register(a_store(a_merchant()))
    _, token = a_device(register)
    Merchant.objects.update(archived_at=machine_now())

    assert callers.find_device(token) is None


def test_a_code_works_once() -> None:
    merchant = a_merchant()
    code = code_for(signed_in(a_staff_member(merchant)), a_register(a_store(merchant)))
    assert pair(code).status_code == 201

    answer = pair(code)

    assert (answer.status_code, answer.json()["code"]) == (400, "pairing_code_refused")
    assert Device.across_merchants.count() == 1


def test_a_code_may_be_typed_with_small_letters_and_look_alikes() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        code = device_services.issue_pairing_code(subject=f"register:{register.id}", now=machine_now())

    typed = f"{code[:4]}-{code[4:]}".lower().replace("0", "o").replace("1", "l")

    assert pair(typed).status_code == 201


def test_a_code_of_eleven_minutes_ago_does_not_work() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        code = device_services.issue_pairing_code(
            subject=f"register:{register.id}", now=machine_now() - timedelta(minutes=11)
        )

    assert pair(code).status_code == 400


def test_a_new_code_ends_the_one_before() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    client = signed_in(a_staff_member(merchant))
    first, second = code_for(client, register), code_for(client, register)

    assert pair(first).status_code == 400
    assert pair(second).status_code == 201


def test_a_terminals_code_pairs_no_tablet() -> None:
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        code = device_services.issue_pairing_code(subject=f"terminal:{register.id}", now=machine_now())

    assert pair(code).status_code == 400
    assert PairingCode.across_merchants.get().used_at is None


@pytest.mark.usefixtures("one_span")
def test_guessing_codes_is_stopped_after_ten_tries_a_minute() -> None:
    answers = [pair("WRONG000") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_no_code_is_tried_while_tries_cannot_be_counted(settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/1"}
    }
    merchant = a_merchant()
    register = a_register(a_store(merchant))
    with acting_for(merchant.id):
        code = device_services.issue_pairing_code(subject=f"register:{register.id}", now=machine_now())

    answer = pair(code)

    assert (answer.status_code, answer.json()["code"]) == (503, "limit_unavailable")
    assert Device.across_merchants.count() == 0


def test_the_database_holds_neither_code_nor_token() -> None:
    merchant = a_merchant()
    code = code_for(signed_in(a_staff_member(merchant)), a_register(a_store(merchant)))
    token = pair(code).json()["token"]

    stored = [*PairingCode.across_merchants.values_list(), *Device.across_merchants.values_list()]

    assert code not in str(stored)
    assert token not in str(stored)
    assert len(token) == len("tsd_") + 43  # 256 bits in base64


def test_a_revoked_tablet_is_out_at_once_and_stays_out() -> None:
    merchant = a_merchant()
    device, token = a_device(a_register(a_store(merchant)))
    assert with_device(token).get("/api/v1/me/").status_code == 200
    client = signed_in(a_staff_member(merchant))

    with_commit(lambda: client.post(f"/api/v1/devices/{device.id}/revocations/"))

    assert with_device(token).get("/api/v1/me/").status_code == 401
    assert client.post(f"/api/v1/devices/{device.id}/revocations/").json()["code"] == "device_revoked"


def with_commit(act: Any) -> Any:
    """Run what waits for a commit, which a test that rolls back never reaches."""
    answer = act()
    callers.forget()
    return answer


def test_a_manager_of_one_store_pairs_no_tablet_of_another() -> None:
    merchant = a_merchant()
    altona, mitte = a_store(merchant), a_store(merchant)
    client = signed_in(a_staff_member(merchant, role="manager", stores=[altona]))

    answer = client.post(f"/api/v1/registers/{a_register(mitte).id}/pairing-codes/")

    assert answer.status_code == 404
    assert PairingCode.across_merchants.count() == 0


def scope_of(headers: dict[str, str], query: str = "") -> dict[str, Any]:
    return {
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "query_string": query.encode(),
    }


def test_a_socket_opens_with_a_token_and_ends_when_it_is_revoked() -> None:
    device, token = a_device(a_register(a_store(a_merchant())))

    opener = sockets.find_opener_now(scope_of({"authorization": f"Device {token}"}))
    assert opener is not None
    assert token not in str(opener.identity)
    Device.across_merchants.filter(pk=device.pk).update(revoked_at=machine_now())
    callers.forget()

    assert sockets.find_again(opener.identity) is None


def test_a_ticket_opens_one_socket() -> None:
    device, token = a_device(a_register(a_store(a_merchant())))
    ticket = with_device(token).post("/api/v1/socket-tickets/").json()["ticket"]
    ours = {"host": "localhost:8000", "origin": "http://localhost:8000"}

    first = sockets.find_opener_now(scope_of(ours, f"ticket={ticket}"))
    second = sockets.find_opener_now(scope_of(ours, f"ticket={ticket}"))

    assert first is not None
    assert first.caller.id == device.id
    assert second is None


def test_a_session_opens_a_socket_from_our_own_pages_only() -> None:
    member = a_staff_member(a_merchant())
    cookie = signed_in(member).cookies.output(header="", attrs=[]).strip()

    ours = sockets.find_opener_now(
        scope_of({"host": "localhost:8000", "origin": "http://localhost:8000", "cookie": cookie})
    )
    foreign = sockets.find_opener_now(
        scope_of({"host": "localhost:8000", "origin": "https://evil.example", "cookie": cookie})
    )
    nameless = sockets.find_opener_now(scope_of({"host": "localhost:8000", "cookie": cookie}))

    assert ours is not None
    assert ours.caller.id == member.id
    assert foreign is None
    assert nameless is None


def test_an_open_socket_ends_when_its_person_is_dismissed_changes_the_password_or_signs_out() -> None:
    for end in ("dismissed", "password", "signed_out"):
        member = a_staff_member(a_merchant())
        client = signed_in(member)
        cookie = client.cookies.output(header="", attrs=[]).strip()
        opener = sockets.find_opener_now(
            scope_of({"host": "localhost", "origin": "http://localhost", "cookie": cookie})
        )
        assert opener is not None

        if end == "dismissed":
            type(member).across_merchants.filter(pk=member.pk).update(is_active=False)
        elif end == "password":
            member.user.set_password("another long sentence")
            member.user.save()
        else:
            client.session.flush()
        callers.forget()

        assert sockets.find_again(opener.identity) is None, end


def test_a_refused_code_names_no_reason() -> None:
    with pytest.raises(PairingCodeRefused, match="does not work"):
        device_services.redeem_pairing_code(code="UNKNOWN0", kind="register", now=machine_now())
