"""One page about a person over all channels, and what the law lets them ask for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.customers import services
from merchant.customers.models import Customer
from merchant.messages import services as messages
from merchant.messages.models import Message
from orders.feedback.models import Feedback
from orders.fulfilment.models import Fulfilment, Return
from orders.order.models import Order
from payments.records.models import Payment, StoredCredential
from payments.vouchers import services as vouchers
from tests.clients import signed_in, with_key
from tests.factories import (
    a_gateway_account,
    a_merchant,
    a_placed_order,
    a_refund,
    a_staff_member,
    a_store,
    an_api_key,
    an_authorised_payment,
    an_order,
)
from tests.factories.disputes import a_dispute
from tests.factories.goods import a_customer
from tests.factories.papers import a_document, a_stored_card
from tests.factories.settled import SALE_DAY

pytestmark = pytest.mark.django_db
NAME, EMAIL, PHONE = "Xaverine Quist", "xaverine.quist@example.com", "+46 70 555 01 99"
ADDRESS = {"name": NAME, "line1": "Storgatan 7", "postal_code": "41101", "city": "Gothenburg", "country": "SE"}
STATEMENTS_MAX = 24
AT = datetime(2026, 11, 20, 13, tzinfo=UTC)


@pytest.fixture
def customer(merchant: Any) -> Customer:
    found = a_customer(merchant, email=EMAIL)
    with acting_for(merchant.id):
        Customer.objects.filter(id=found.id).update(name=NAME, phone=PHONE)
        return Customer.objects.get(id=found.id)


def bought(merchant: Any, customer: Customer, status: str = "open") -> Order:
    """An order of theirs, sent to their address, with a mail about it."""
    order = an_order(merchant, status=status, customer_id=customer.id, email=EMAIL)
    with acting_for(merchant.id):
        Order.objects.filter(id=order.id).update(delivery={"method": "parcel", "shipping_address": ADDRESS}, note=NAME)
        mail = messages.Mail("confirmation", f"m:{order.id}", EMAIL, f"Thanks {NAME}", NAME, NAME, f"order:{order.id}")
        messages.queue_mail(mail, now=machine_now())
    return order


def page_of(member: Any, customer: Customer) -> str:
    answer = signed_in(member).get(f"/customers/{customer.id}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_shows_orders_carts_and_mails_of_all_channels(merchant: Any, customer: Customer) -> None:
    order, cart = bought(merchant, customer), bought(merchant, customer, "draft")

    page = page_of(a_staff_member(merchant), customer)

    assert order.number in page and cart.number in page
    assert f"Thanks {NAME}" in page and EMAIL in page and PHONE in page


def test_payments_refunds_credit_disputes_papers_and_cards_stand_on_the_page(merchant: Any, customer: Customer) -> None:
    account, dispute, paper, card = (
        a_gateway_account(merchant),
        a_dispute(merchant),
        a_document(merchant),
        a_stored_card(merchant),
    )
    paid = an_authorised_payment(account, minor=5000, order=a_placed_order(merchant, minor=5000))
    refund = a_refund(paid, minor=1200)
    with acting_for(merchant.id):
        credit, _code = vouchers.issue(
            kind="store_credit", amount=Money(1200, "EUR"), source=f"refund:{refund.reference}", now=machine_now()
        )
        Order.objects.update(customer_id=customer.id)
        StoredCredential.objects.update(customer_id=customer.id)

    page = page_of(a_staff_member(merchant), customer)

    for part in (
        f"/payments/{paid.payment_id}/",
        refund.reference,
        f"/disputes/{dispute.id}/",
        f"/gift-cards/{credit.id}/",
        f"Receipt {paper.number}",
    ):
        assert part in page, part
    assert "may be charged again, by consent" in page and card is not None
    assert "12.00" in page
    held = signed_in(a_staff_member(merchant)).post(f"/customers/{customer.id}/holdings/").json()
    with acting_for(merchant.id):
        assert (len(held["stored_cards"]), len(held["payments"])) == (1, Payment.objects.count())
    told = signed_in(a_staff_member(merchant)).get(f"/api/v1/customers/{customer.id}/").json()
    assert paid.payment_id in {UUID(payment["id"]) for payment in told["recent_payments"]}


def test_the_timeline_tells_money_goods_messages_and_disputes_with_their_times(
    merchant: Any, customer: Customer
) -> None:
    account, order = a_gateway_account(merchant), a_placed_order(merchant, minor=5000)
    paid, dispute = an_authorised_payment(account, minor=5000, order=order), a_dispute(merchant)
    refund = a_refund(paid, minor=1200)
    with acting_for(merchant.id):
        Order.objects.update(customer_id=customer.id, email=EMAIL)
        day = {"business_date": SALE_DAY, "lines": [], "total_minor": 5000, "order": order}
        Fulfilment.objects.create(fulfilled_at=AT, **day)
        Return.objects.create(returned_at=AT + timedelta(hours=1), is_restocked=True, reason="damaged", **day)
        mail = messages.Mail("confirmation", "m:1", EMAIL, "Thanks for shopping", "text", "html", f"order:{order.id}")
        messages.queue_mail(mail, now=machine_now())

    timeline = page_of(a_staff_member(merchant), customer).split('class="timeline"')[1].split("</ol>")[0]

    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", timeline))
    for title in (
        ": Part refunded",
        "Refund: Succeeded",
        "Handed over",
        "Goods came back",
        "Dispute opened",
        "Thanks for shopping",
    ):
        assert title in shown, (title, shown)
    assert timeline.count("<time") == timeline.count("<li>") >= 6
    assert f'href="/payments/{refund.payment_id}/"' in timeline and f'href="/disputes/{dispute.id}/"' in timeline
    support = page_of(a_staff_member(merchant, role="support"), customer).split('class="timeline"')[1]
    assert "Thanks for shopping" not in support and "Confirmation" in support


def test_the_page_costs_the_same_however_much_was_bought(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant))
    bought(merchant, customer)
    client.get(f"/customers/{customer.id}/")

    def one_look() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/customers/{customer.id}/")
        own = (
            "django_session",
            "merchant_user",
            "usersessions",
            "merchant_staff",
            "merchant_merchant",
            "clock",
            "SAVEPOINT",
        )
        return len([one for one in captured if not any(word in one["sql"] for word in own)])

    def cost() -> int:
        # What is remembered for some seconds may run out during one of them.
        return min(one_look(), one_look())

    few = cost()
    for _ in range(4):
        bought(merchant, customer)

    assert cost() == few <= STATEMENTS_MAX


def test_the_list_finds_by_part_of_a_name_and_by_an_orders_number_and_sorts(merchant: Any, customer: Customer) -> None:
    order, other = bought(merchant, customer), a_customer(merchant, email="kim@example.com")
    client = signed_in(a_staff_member(merchant))

    def found(query: str) -> list[bool]:
        page = client.get(f"/customers/?{query}").content.decode()
        return [str(row.id) in page for row in (customer, other)]

    assert found("q=averin") == [True, False]
    assert found(f"q={order.number}") == [True, False]
    assert found("q=kim@example.com") == [False, True]
    assert found("state=erased") == [False, False]
    page = client.get("/customers/?sort=name").content.decode()
    assert page.index(str(other.id)) < page.index(str(customer.id))


def test_somebody_of_one_store_does_not_see_what_another_store_sold(merchant: Any, customer: Customer) -> None:
    order, mine, other = bought(merchant, customer), a_store(merchant), a_store(merchant)
    with acting_for(merchant.id):
        Order.objects.filter(id=order.id).update(store_id=other.id)

    assert order.number not in page_of(a_staff_member(merchant, role="cashier", stores=[mine]), customer)


def test_consent_is_written_down_and_the_newest_holds(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant))
    for key, said in (("a", "yes"), ("b", "no"), ("b", "no")):
        form = {"purpose": "marketing_mail", "said": said, "idempotency_key": key}
        assert client.post(f"/customers/{customer.id}/consents/", form).status_code == 302

    with acting_for(merchant.id):
        assert [row.is_given for row in customer.consents.order_by("id")] == [True, False]
    listed = client.get("/api/v1/customers/?consent=marketing_mail").json()
    assert listed["results"] == []


def test_support_sees_nobody_in_full_until_a_reason_is_written_down(merchant: Any, customer: Customer) -> None:
    bought(merchant, customer)
    member = a_staff_member(merchant, role="support")
    client = signed_in(member)
    page = page_of(member, customer)
    assert not any(secret in page for secret in (NAME, EMAIL, PHONE))

    refused = client.post(f"/customers/{customer.id}/reveal/", {"reason": "x"})
    assert refused.status_code == 400
    assert NAME not in refused.content.decode()
    shown = client.post(f"/customers/{customer.id}/reveal/", {"reason": "calls about a parcel"}).content.decode()

    assert NAME in shown and EMAIL in shown and PHONE in shown
    assert NAME not in page_of(member, customer)
    with acting_for(merchant.id):
        [entry] = AuditEntry.objects.filter(action="customer.revealed")
    assert (entry.actor_id, entry.data) == (member.id, {"reason": "calls about a parcel"})


def test_support_finds_by_a_whole_name_and_not_letter_by_letter(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant, role="support"))

    def found(text: str) -> int:
        return len(client.get("/api/v1/customers/", {"q": text}).json()["results"])

    assert [found("Xaver"), found(NAME), found("xaverine"), found(EMAIL)] == [0, 1, 0, 1]


def test_support_finds_a_cart_by_its_owners_whole_name_and_not_letter_by_letter(
    merchant: Any, customer: Customer
) -> None:
    cart = bought(merchant, customer, "draft")
    support, cashier = (signed_in(a_staff_member(merchant, role=role)) for role in ("support", "cashier"))

    def found(client: Client, text: str) -> list[bool]:
        listed = [row["id"] for row in client.get("/api/v1/carts/", {"q": text}).json()["results"]]
        return [str(cart.id) in listed, cart.number in client.get("/carts/", {"q": text}).content.decode()]

    assert [found(support, text) for text in ("Xaver", NAME)] == [[False, False], [True, True]]
    assert found(cashier, "Xaver") == [True, True]


def test_support_moves_no_money_and_changes_nobody(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant, role="support"))

    for what in ("change", "join", "erase", "holdings", "consents"):
        assert client.post(f"/customers/{customer.id}/{what}/", {"idempotency_key": what}).status_code == 403
    customer.refresh_from_db()
    assert customer.name == NAME


def test_two_records_become_one_and_the_other_leads_there(merchant: Any, customer: Customer) -> None:
    other = a_customer(merchant, email="xq@example.org")
    order = an_order(merchant, customer_id=other.id)
    client = signed_in(a_staff_member(merchant))

    form = {"typed": "xq@example.org", "idempotency_key": "k"}
    answer = client.post(f"/customers/{customer.id}/join/", form)

    assert answer.status_code == 302
    order.refresh_from_db()
    other.refresh_from_db()
    customer.refresh_from_db()
    assert (order.customer_id, other.merged_into_id, other.email) == (customer.id, customer.id, "")
    assert (customer.email, customer.former_emails) == (EMAIL, ["xq@example.org"])
    assert client.get(f"/customers/{other.id}/")["Location"] == f"/customers/{customer.id}/"
    assert client.get("/api/v1/customers/", {"q": "xq@example.org"}).json()["results"][0]["id"] == str(customer.id)


def test_a_record_is_not_joined_with_itself_nor_with_another_merchants(merchant: Any, customer: Customer) -> None:
    stranger = a_customer(a_merchant(), email="xq@example.org")
    client = signed_in(a_staff_member(merchant))

    for other in (customer, stranger):
        form = {"other": str(other.id), "idempotency_key": str(other.id)}
        assert client.post(f"/customers/{customer.id}/join/", form).status_code in (404, 409)
    stranger.refresh_from_db()
    assert stranger.merged_into_id is None


def test_who_has_an_open_order_is_not_erased_and_nothing_is_cleaned(merchant: Any, customer: Customer) -> None:
    order = bought(merchant, customer)

    with acting_for(merchant.id), pytest.raises(services.CustomerHeldBack, match=order.number):
        services.erase_customer(customer_id=customer.id, now=machine_now())

    order.refresh_from_db()
    customer.refresh_from_db()
    assert (order.email, customer.name, customer.erased_at) == (EMAIL, NAME, None)


def test_an_erased_person_is_nowhere_but_amounts_and_the_country_stay(merchant: Any, customer: Customer) -> None:
    order = bought(merchant, customer)
    with acting_for(merchant.id):
        Order.objects.filter(id=order.id).update(status="cancelled")
        Feedback.objects.create(
            order=order, rating=2, text=f"Too slow, {NAME}", language="en", business_date=SALE_DAY, given_at=AT
        )
    client = signed_in(a_staff_member(merchant))
    assert "What they wrote as feedback" in client.get(f"/customers/{customer.id}/erase/").content.decode()
    form = {"word": "erase", "idempotency_key": "k"}
    assert (
        client.post(f"/customers/{customer.id}/erase/", {**form, "word": "no", "idempotency_key": "j"}).status_code
        == 400
    )

    assert client.post(f"/customers/{customer.id}/erase/", form).status_code == 302

    order.refresh_from_db()
    assert (order.total_minor, order.delivery) == (5000, {"method": "parcel", "shipping_address": {"country": "SE"}})
    with acting_for(merchant.id):
        mail = Message.objects.get()
        held = " ".join(str(row.data) for row in AuditEntry.objects.all())
        said = Feedback.objects.get()
    assert (mail.recipient, mail.body_text, mail.status, mail.last_error) == ("", "", "failed", "erased")
    assert (said.text, said.rating) == ("", 2)
    page = client.get(f"/customers/{customer.id}/").content.decode()
    for secret in (NAME, EMAIL, PHONE, "Storgatan"):
        assert secret not in page + held + str(order.__dict__)
    assert "This person was erased." in page


def test_what_is_held_is_handed_out_whole_and_written_down(merchant: Any, customer: Customer) -> None:
    order = bought(merchant, customer)
    member = a_staff_member(merchant)

    held = signed_in(member).post(f"/customers/{customer.id}/holdings/").json()

    assert (held["person"]["email"], held["orders"][0]["number"]) == (EMAIL, order.number)
    assert held["messages"][0]["text"] == NAME
    with acting_for(merchant.id):
        assert AuditEntry.objects.filter(action="customer.holdings_exported", actor_id=member.id).count() == 1


def test_over_rest_a_customer_is_changed_and_joined_once(merchant: Any, customer: Customer) -> None:
    other = a_customer(merchant, email="xq@example.org")
    _, token = an_api_key(merchant, scopes=["customers"])
    client: Client = with_key(token)
    address = f"/api/v1/customers/{customer.id}/"

    changed = client.patch(address, {"name": "X. Quist"}, content_type="application/json").json()
    assert (changed["name"], changed["email"], changed["is_masked"]) == ("X. Quist", EMAIL, False)
    answers = [
        client.post(
            f"{address}merges/", {"other_id": str(other.id)}, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"


def test_a_new_order_begins_with_the_customers_address(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant))

    assert EMAIL in client.get(f"/orders/new/?customer={customer.id}").content.decode()
    assert EMAIL in client.get(f"/payment-links/new/?customer={customer.id}").content.decode()
    assert EMAIL not in client.get(f"/orders/new/?customer={a_customer(a_merchant()).id}").content.decode()


def test_what_was_written_to_an_earlier_address_is_found_and_erased_in_whatever_letters(
    merchant: Any, customer: Customer
) -> None:
    order = an_order(merchant, status="cancelled", email="Xaverine.Quist@Example.com")
    mail = messages.Mail("news", "m:1", "XAVERINE.quist@example.com", f"Hello {NAME}", NAME, NAME, "")
    with acting_for(merchant.id):
        messages.queue_mail(mail, now=machine_now())
        for email in ("Xaverine@Example.org", "x.q@example.net"):
            services.change_customer(customer_id=customer.id, email=email, now=machine_now())
        customer.refresh_from_db()
        assert customer.former_emails == [EMAIL, "xaverine@example.org"]
        assert AuditEntry.objects.filter(action="customer.changed").last().data == {"fields": ["email"]}
    assert f"Hello {NAME}" in page_of(a_staff_member(merchant), customer)

    with acting_for(merchant.id):
        services.erase_customer(customer_id=customer.id, now=machine_now())

        assert list(Message.objects.values_list("recipient", "subject", "body_text")) == [("", "", "")]
    order.refresh_from_db()
    assert order.email == ""


def test_somebody_elses_orders_and_mails_at_an_address_given_up_stay(merchant: Any, customer: Customer) -> None:
    with acting_for(merchant.id):
        services.change_customer(customer_id=customer.id, email="x.q@example.net", now=machine_now())
    other = a_customer(merchant, email=EMAIL.title())
    theirs = bought(merchant, other)

    with acting_for(merchant.id):
        services.erase_customer(customer_id=customer.id, now=machine_now())

        assert Message.objects.get().body_text == NAME
    theirs.refresh_from_db()
    assert theirs.email == EMAIL and theirs.delivery["shipping_address"] == ADDRESS


def test_an_open_order_of_no_record_at_their_address_holds_an_erasure_back(merchant: Any, customer: Customer) -> None:
    order = an_order(merchant, status="open", email=EMAIL.upper())

    with acting_for(merchant.id), pytest.raises(services.CustomerHeldBack, match=order.number):
        services.erase_customer(customer_id=customer.id, now=machine_now())

    order.refresh_from_db()
    assert order.email == EMAIL.upper()


def test_an_address_taken_up_again_is_no_former_one(merchant: Any, customer: Customer) -> None:
    with acting_for(merchant.id):
        for email in ("x.q@example.net", EMAIL.upper()):
            found = services.change_customer(customer_id=customer.id, email=email, now=machine_now())

    assert found.former_emails == ["x.q@example.net"]


def test_who_sees_names_masked_cannot_have_them_sorted(merchant: Any, customer: Customer) -> None:
    client = signed_in(a_staff_member(merchant, role="support"))

    answers = [client.get(f"{path}?sort=name") for path in ("/customers/", "/api/v1/customers/")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "sort=name" not in client.get("/customers/").content.decode()
