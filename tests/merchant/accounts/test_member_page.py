"""One member of staff: invited by mail, changed, and when they signed in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from merchant.accounts import sign_ins
from merchant.accounts.member_views import SIGN_INS
from merchant.accounts.models import StaffMember
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.messages.models import Message
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, a_store

pytestmark = pytest.mark.django_db


def invited(client: Any, merchant: Any, email: str = "lea@example.com") -> StaffMember:
    form = {"email": email, "first_name": "Lea", "role": "accountant", "refund_limit": "25.00"}
    assert client.post("/staff/", form).status_code == 200
    with acting_for(merchant.id):
        found: StaffMember = StaffMember.objects.get(user__email=email)
        return found


def test_who_is_invited_gets_a_mail_with_the_link_and_stands_as_invited(client: Any) -> None:
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant))
    member = invited(owner, merchant)

    page = owner.get(f"/staff/{member.id}/").content.decode()
    again = owner.post(f"/staff/{member.id}/invitation/").content.decode()

    with acting_for(merchant.id):
        first, second = Message.objects.order_by("id")
    assert "Invited" in page and "missing, asked for" in page
    link = str(re.search(r"https?://\S+", second.body_text).group())  # type: ignore[union-attr]
    assert (first.recipient, first.kind) == ("lea@example.com", "invitation")
    assert link in again
    assert client.get(link.partition("//")[2].partition("/")[1] + link.split("/", 3)[3]).status_code == 302


def test_who_has_no_password_yet_does_not_work_here_yet_and_who_has_one_does() -> None:
    merchant, elsewhere = a_merchant(), a_merchant()
    owner = signed_in(a_staff_member(merchant))
    known = a_staff_member(elsewhere, role="cashier").user.email
    said = {}
    for email in ("mia@example.com", known):
        form = {"email": email, "first_name": "Mia", "last_name": "May", "role": "cashier", "every_store": "1"}
        said[email] = owner.post("/staff/", form).content.decode()

    with acting_for(merchant.id):
        subjects = dict(Message.objects.values_list("recipient", "subject"))
    assert "mia@example.com is invited: a mail is on its way." in said["mia@example.com"]
    assert "works here now" not in said["mia@example.com"]
    assert f"{known} works here now" in said[known]
    assert subjects["mia@example.com"] == f"{merchant.name}: you are invited to work here"
    assert subjects[known] == f"{merchant.name}: you work here now"


def test_who_chose_a_password_is_not_sent_a_link_to_choose_another() -> None:
    merchant = a_merchant()
    other = a_staff_member(merchant, role="cashier")

    answer = signed_in(a_staff_member(merchant)).post(f"/staff/{other.id}/invitation/")

    assert answer.status_code == 409
    with acting_for(merchant.id):
        assert Message.objects.count() == 0


def test_role_stores_and_limit_are_changed_once_and_a_bad_limit_changes_nothing() -> None:
    merchant = a_merchant()
    store, owner = a_store(merchant), a_staff_member(merchant)
    member, client = a_staff_member(merchant, role="cashier", refund_limit_minor=1000), signed_in(owner)
    form = {"role": "manager", "store": str(store.id), "refund_limit": "x", "idempotency_key": "a"}
    assert client.post(f"/staff/{member.id}/", form).status_code == 400
    member.refresh_from_db()
    assert (member.role, member.refund_limit_minor) == ("cashier", 1000)

    client.post(f"/staff/{member.id}/", form | {"refund_limit": "25.00", "idempotency_key": "b"})

    member.refresh_from_db()
    assert (member.role, member.all_stores, member.refund_limit_minor) == ("manager", False, 2500)
    assert client.post(f"/staff/{owner.id}/", form | {"refund_limit": "", "idempotency_key": "c"}).status_code == 403


def test_the_sign_ins_of_one_person_are_shown_with_their_address() -> None:
    merchant = a_merchant()
    one, other = a_staff_member(merchant, role="cashier"), a_staff_member(merchant, role="cashier")
    with acting_for(merchant.id):
        for member, address in ((one, "203.0.113.7"), (other, "198.51.100.20")):
            data = {"address": address}
            audit.record("sign_in.refused", subject=f"staff:{member.id}", now=machine_now(), data=data)

    page = signed_in(a_staff_member(merchant)).get(f"/staff/{one.id}/").content.decode()

    assert "203.0.113.7" in page and "Wrong password" in page
    assert "198.51.100.20" not in page


def test_every_entry_of_the_sign_in_log_has_its_words() -> None:
    assert set(SIGN_INS) == set(sign_ins.ACTIONS)


def test_the_link_is_on_no_screen_where_it_could_open_another_business() -> None:
    merchant = a_merchant()
    owner = signed_in(a_staff_member(merchant))
    alone = owner.post("/staff/", {"email": "lea@example.com", "role": "cashier"})
    assert b"/accounts/password/reset/key/" in alone.content

    other = a_merchant()
    beside = owner.post("/staff/", {"email": "ida@example.com", "role": "cashier"})
    assert beside.status_code == 200 and b"/accounts/password/reset/key/" not in beside.content
    with acting_for(merchant.id):
        lea = StaffMember.objects.get(user__email="lea@example.com")
    again = owner.post(f"/staff/{lea.id}/invitation/")
    assert again.status_code == 200 and b"/accounts/password/reset/key/" not in again.content
    with acting_for(other.id):
        assert not StaffMember.objects.filter(user=lea.user).exists()
