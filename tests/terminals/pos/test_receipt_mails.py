"""A receipt by mail from the till: once to each address, refused for what is no address, told when it did not arrive."""

from __future__ import annotations

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.messages.models import Message
from tests.terminals.pos.counter import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def receipt(counter: Counter) -> dict[str, object]:
    order = counter.begin()
    return counter.left.pay_cash(order["id"], 1250).json()["receipt"]  # type: ignore[no-any-return]


def mail(till, receipt, email):
    return till.post(f"receipts/{receipt['id']}/mails/", {"email": email})


def test_a_receipt_goes_once_to_an_address_and_carries_its_link(counter, receipt):
    sent = mail(counter.left, receipt, " ines@example.com ")
    again = mail(counter.left, receipt, "INES@example.com")
    other = mail(counter.right, receipt, "mara@example.com")

    assert [answer.status_code for answer in (sent, again, other)] == [202, 202, 202], sent.content
    assert (sent.json()["is_new"], again.json()["is_new"], sent.json()["id"]) == (True, False, again.json()["id"])
    assert (sent.json()["email"], sent.json()["status"]) == ("ines@example.com", "pending")
    with counter.scope():
        first = Message.objects.get(id=sent.json()["id"])
        assert Message.objects.count() == 2
        assert AuditEntry.objects.filter(action="document.mailed").count() == 2
    assert receipt["html_url"] in first.body_text and receipt["html_url"] in first.body_html
    assert "€12.50" in first.body_text.replace("\xa0", "")
    listed = counter.left.get(f"receipts/{receipt['id']}/mails/").json()["results"]
    assert [row["email"] for row in listed] == ["mara@example.com", "ines@example.com"]


def test_one_that_could_not_be_delivered_says_so_and_is_tried_again(counter, receipt):
    sent = mail(counter.left, receipt, "ines@example.com").json()
    with counter.scope():
        Message.objects.filter(id=sent["id"]).update(status="failed", last_error="550 no such mailbox")

    [row] = counter.left.get(f"receipts/{receipt['id']}/mails/").json()["results"]
    again = mail(counter.left, receipt, "ines@example.com").json()

    assert (row["status"], row["reason"]) == ("failed", "550 no such mailbox")
    assert (again["id"], again["status"], again["is_new"]) == (sent["id"], "pending", True)


def test_no_address_too_many_addresses_and_another_stores_receipt_are_refused_and_nothing_is_sent(counter, receipt):
    refused = [
        mail(counter.left, receipt, "ines@"),
        mail(counter.elsewhere, receipt, "ines@example.com"),
    ]
    with counter.scope():
        assert Message.objects.count() == 0
    for number in range(5):
        assert mail(counter.left, receipt, f"guest{number}@example.com").status_code == 202
    refused.append(mail(counter.left, receipt, "guest6@example.com"))

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (422, "no_mail_address"), (404, "not_found"), (409, "too_many_addresses"),
    ]  # fmt: skip
    assert "ines@" in refused[0].json()["detail"] and refused[0].json()["next_step"]
    with counter.scope():
        assert Message.objects.count() == 5
