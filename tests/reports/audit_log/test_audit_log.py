"""Who did what, before and after; and whether the log is as it was written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as installation
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.damaged.states import DAMAGED
from inventory.receiving.states import DELIVERY
from merchant.accounts import services, sign_ins
from merchant.accounts.approvals.states import APPROVAL
from merchant.accounts.requests import keeping
from merchant.accounts.services import StaffChange
from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditCheck, AuditHead
from merchant.core.clock import machine_now
from merchant.core.jobs import schedule
from merchant.core.jobs.models import Job
from merchant.core.tenancy import Actor, acting_for
from merchant.core.words import APPS
from merchant.merchants.models import Merchant
from merchant.merchants.tasks import SEAL_JOB
from payments.disputes.states import DISPUTE
from payments.records.models import Payment
from payments.records.states import OVERRIDE
from payments.records.words import KINDS
from reports.audit_log import checking
from reports.audit_log.acts import ACTS
from reports.exports import services as exports
from reports.exports.tasks import SCHEDULED_JOB
from tests.clients import signed_in
from tests.factories import a_merchant, a_payment, a_staff_member, a_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(tmp_path: Any, settings: Any) -> Any:
    settings.AUDIT_ANCHOR_DIR = tmp_path
    return a_merchant()


def promoted(merchant: Any) -> tuple[Any, Any]:
    """An owner who makes a cashier a manager; the owner and the cashier."""
    owner, cashier = a_staff_member(merchant), a_staff_member(merchant, role="cashier", refund_limit_minor=2500)
    with acting_for(merchant.id, Actor("staff", owner.id, str(owner.user))):
        services.change_staff(member_id=cashier.id, change=StaffChange(role="manager"), now=machine_now())
    return owner, cashier


def test_the_page_says_who_changed_what_from_what_to_what(merchant: Any) -> None:
    owner, _cashier = promoted(merchant)

    page = signed_in(owner).get("/audit/").content.decode()

    assert "staff.changed" in page and str(owner.user) in page
    assert "Cashier" in page and "<b>Manager</b>" in page
    assert f"{owner.user}</a> changed what a person may do" in page
    assert "refund limit" not in page


def test_what_proves_a_past_and_removes_old_data_goes_on_for_a_business_that_was_put_away(merchant: Any) -> None:
    gone = a_merchant()
    with acting_for(gone.id):
        audit.record("merchant.archived", subject=f"merchant:{gone.id}", now=machine_now())
    Merchant.objects.filter(id=gone.id).update(archived_at=machine_now())

    schedule.tick()

    with acting_for(merchant.id):
        alive = set(Job.objects.values_list("kind", flat=True))
    with acting_for(gone.id):
        kinds = set(Job.objects.values_list("kind", flat=True))
    assert {SEAL_JOB, checking.CHECK_JOB, exports.REMOVAL_JOB, keeping.REMOVAL_JOB} <= kinds
    assert SCHEDULED_JOB in alive and SCHEDULED_JOB not in kinds


def test_the_log_is_narrowed_by_person_object_and_day(merchant: Any) -> None:
    owner, cashier = promoted(merchant)
    with acting_for(merchant.id, Actor("staff", cashier.id, "Lea")):
        audit.record("order.cancelled", subject="order:01a200e3-566d-77b5-bd39-f0e90cda2666", now=machine_now())
    client = signed_in(owner)

    def found(query: str) -> list[bool]:
        page = client.get(f"/audit/?{query}").content.decode()
        return [f">{action}</span>" in page for action in ("staff.changed", "order.cancelled")]

    assert found("") == [True, True]
    assert found(f"actor={cashier.id}") == [False, True]
    assert found(f"subject=staff:{cashier.id}") == [True, False]
    assert found("subject=/orders/01a200e3-566d-77b5-bd39-f0e90cda2666/") == [False, True]
    assert found("action=staff.*") == [True, False]
    assert found("date_to=2001-01-01") == [False, False]
    assert client.get("/audit/?actor=nobody").status_code == 400


def test_money_given_back_is_told_in_german_in_the_currency_of_its_payment(merchant: Any) -> None:
    owner = a_staff_member(merchant)
    with acting_for(merchant.id, Actor("staff", owner.id, "Mara")):
        payment = a_payment(merchant)
        Payment.objects.filter(id=payment.id).update(currency="CHF")
        data = {"operation": "OP1", "amount_minor": 1200, "reason": "broken"}
        audit.record("refund.requested", subject=f"payment:{payment.id}", now=machine_now(), data=data)
    client = signed_in(owner)
    client.cookies["django_language"] = "de"

    page = client.get("/audit/?action=refund.*").content.decode()

    assert f'<a href="/audit/?actor={owner.id}">Mara</a> hat 12,00\xa0CHF zurückgegeben' in page
    assert f'<a href="/payments/{payment.id}/">Zahlung {payment.order.number}</a>' in page
    assert page.index("<summary>") < page.index(">refund.requested</span>")


def test_objects_have_their_names_and_pages_with_one_statement_for_each_kind(merchant: Any) -> None:
    owner = a_staff_member(merchant)
    client = signed_in(owner)

    def act(kind: str, key: Any) -> None:
        with acting_for(merchant.id, Actor("staff", owner.id, "Mara")):
            audit.record("test.done", subject=f"{kind}:{key}", now=machine_now())

    stores = [a_store(merchant, name=f"Place {letter}") for letter in "AB"]
    payment = a_payment(merchant)
    for store in stores:
        act("store", store.id)
    act("payment", payment.id)
    act("staff", owner.id)
    act("store", "01a200e3-566d-77b5-bd39-f0e90cda2666")
    client.get("/audit/")
    with CaptureQueriesContext(connection) as few:
        page = client.get("/audit/").content.decode()
    for store in [a_store(merchant, name=f"Place {letter}") for letter in "CDEF"]:
        act("store", store.id)
    with CaptureQueriesContext(connection) as many:
        client.get("/audit/")

    with acting_for(merchant.id):
        number = payment.order.number
    assert f'<a href="/settings/locations/{stores[0].id}/">Store Place A</a>' in page
    assert f'<a href="/payments/{payment.id}/">Payment {number}</a>' in page
    assert f'<a href="/staff/{owner.id}/">Person {owner.user.first_name} {owner.user.last_name}'.strip() in page
    assert "…0cda2666" in page
    assert len(many) == len(few)


def test_every_act_that_the_product_writes_down_has_a_sentence() -> None:
    written = re.compile(r"""(?:record|_tell|_changed)\(\s*(?:order, )?"([a-z_]+\.[a-z_]+)\"""")
    sources = [file for app in APPS for file in (installation.BASE_DIR / app).rglob("*.py")]
    actions = {action for file in sources for action in written.findall(file.read_text())}
    of_states = {
        *(f"approval.{status}" for status in APPROVAL.moves), *(f"dispute.{status}" for status in DISPUTE.moves),
        *(f"override.{status}" for status in OVERRIDE.moves), *(f"delivery.{status}" for status in DELIVERY.moves),
        *(f"damaged_goods.{status}" for status in DAMAGED.moves), *(f"{kind}.requested" for kind in KINDS), *sign_ins.ACTIONS,
    }  # fmt: skip

    assert len(actions) > 120
    assert sorted((actions | of_states) - {"delivery.expected"} - set(ACTS)) == []


def test_the_page_tells_how_far_the_chain_is_sealed_and_that_it_holds(merchant: Any) -> None:
    owner, _cashier = promoted(merchant)
    client = signed_in(owner)
    assert "Nothing is sealed yet." in client.get("/audit/").content.decode()

    with acting_for(merchant.id):
        sealed = audit.seal(now=machine_now())
        checking.check_chain(now=machine_now())

    page = client.get("/audit/").content.decode()
    assert f"Sealed to no. {sealed}" in page
    assert f"every entry up to no. {sealed} is as it was written" in page


def test_a_chain_that_does_not_hold_is_told_with_its_number(merchant: Any) -> None:
    owner, _cashier = promoted(merchant)
    with acting_for(merchant.id):
        sealed = audit.seal(now=machine_now())
        # A signed head without its links is all that is left of a tail that somebody cut off.
        AuditHead.objects.create(position=sealed + 7, digest=b"", signature=b"", sealed_at=machine_now())
        check = checking.check_chain(now=machine_now())

    page = signed_in(owner).get("/audit/").content.decode()

    assert check.fault_position == sealed
    assert "The chain does not hold." in page and "the tail was cut" in page


def test_a_look_is_asked_for_once_a_minute(merchant: Any) -> None:
    client = signed_in(a_staff_member(merchant, role="auditor"))

    for _ in range(3):
        assert client.post("/audit/checks/").status_code == 302

    with acting_for(merchant.id):
        assert Job.objects.filter(kind=checking.CHECK_JOB).count() in (1, 2)
        assert AuditCheck.objects.count() == 0


def test_somebody_of_one_store_does_not_see_the_log(merchant: Any) -> None:
    client = signed_in(a_staff_member(merchant, role="manager", stores=[a_store(merchant)]))

    assert client.get("/audit/").status_code == 403
    assert client.post("/audit/checks/").status_code == 403
