"""Mails are queued once and sent until they are taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as django_mail

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.messages import sending, services
from merchant.messages.models import Message
from merchant.messages.services import Mail

pytestmark = pytest.mark.django_db
NEWS = Mail(
    "order_confirmation",
    "order_confirmation:1",
    "ada@example.com",
    "Order K7X2",
    "Thank you.",
    "<p>Thank you.</p>",
    "order:1",
)


def queue(merchant: Merchant) -> bool:
    """Queue the news."""
    with acting_for(merchant.id):
        return services.queue_mail(NEWS, now=machine_now())


def the_message(merchant: Merchant) -> Message:
    """The only mail there is."""
    with acting_for(merchant.id):
        message: Message = Message.objects.get()
        return message


def test_news_queued_twice_is_one_mail_in_plain_text_and_html(merchant: Merchant) -> None:
    assert [queue(merchant), queue(merchant)] == [True, False]

    assert sending.send_mails_due() == 1

    [sent] = django_mail.outbox
    assert (sent.to, sent.body, sent.alternatives[0][0]) == (["ada@example.com"], "Thank you.", "<p>Thank you.</p>")
    assert the_message(merchant).status == "delivered"
    assert sending.send_mails_due() == 0


def test_a_mail_the_server_refuses_stays_queued_and_says_why(merchant: Merchant, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    queue(merchant)

    sending.send_mails_due()

    message = the_message(merchant)
    assert (message.status, message.attempts) == ("pending", 1)
    assert "ConnectionRefusedError" in message.last_error
    assert message.next_at > machine_now()


def test_a_sent_mail_is_sent_again_on_request(merchant: Merchant) -> None:
    queue(merchant)
    sending.send_mails_due()

    with acting_for(merchant.id):
        services.resend_mail(message=the_message(merchant), now=machine_now())
    sending.send_mails_due()

    assert len(django_mail.outbox) == 2
