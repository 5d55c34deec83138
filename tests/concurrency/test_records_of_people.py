"""Many tills at once: one record of one person, and one paper to no more addresses than a paper may go to."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from merchant.customers.services import register_customer
from merchant.messages.models import Message
from orders.documents import mails
from tests.factories import a_merchant
from tests.factories.papers import a_document

pytestmark = pytest.mark.django_db(transaction=True)
TILLS = 12


def test_somebody_new_at_many_tills_at_once_is_one_record(at_once, deadlocks):
    merchant = a_merchant()

    def register(number: int) -> bool:
        email = "race@example.com" if number % 2 else "Race@Example.COM"
        with acting_for(merchant.id), transaction.atomic():
            is_new = register_customer(name="Mara", email=email, locale="en", now=machine_now())[1]
            # What the till does with the record in the same transaction; the others begin meanwhile.
            db.rows("SELECT pg_sleep(0.2)")
            return is_new

    outcomes = Counter(at_once(6, register))

    assert outcomes == {True: 1, False: 5}
    assert deadlocks() == 0
    with acting_for(merchant.id):
        assert Customer.objects.count() == AuditEntry.objects.filter(action="customer.registered").count() == 1


def test_one_paper_goes_to_no_more_addresses_however_many_ask_at_once(at_once, deadlocks):
    merchant = a_merchant()
    document = a_document(merchant)

    def send(number: int) -> str:
        try:
            with acting_for(merchant.id):
                mails.send(document=document, email=f"buyer{number}@example.com", now=machine_now())
        except AppError as refusal:
            return refusal.code
        return "sent"

    outcomes = Counter(at_once(TILLS, send))

    assert outcomes == {"sent": mails.ADDRESSES_MAX, "too_many_addresses": TILLS - mails.ADDRESSES_MAX}
    assert deadlocks() == 0
    with acting_for(merchant.id):
        assert Message.objects.count() == mails.ADDRESSES_MAX
