"""Exchange rates: added once a day and currency, never changed, and seen with what they valued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.ledger import rates
from merchant.ledger import services as ledger
from merchant.ledger.models import ExchangeRate
from merchant.ledger.rates import ExchangeRateExists
from merchant.ledger.recipes import between
from merchant.ledger.services import ExchangeRateMissing
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member

pytestmark = pytest.mark.django_db
PATH = "/settings/exchange-rates/"


@pytest.fixture
def accountant(merchant):
    return signed_in(a_staff_member(merchant, role="accountant"))


def send(client, **fields):
    values = {"currency": "chf", "rate": "1,0625", "valid_from": "2026-11-01"} | fields
    return client.post(f"{PATH}new/", {"idempotency_key": str(uuid4()), **values})


def stored(merchant):
    with acting_for(merchant.id):
        return list(ExchangeRate.objects.order_by("id").values_list("currency", "base_per_unit", "valid_from"))


def book(merchant, source, *, day, minor=10_000):
    with acting_for(merchant.id):
        legs = between(debit=("cash_safe", ""), credit=("bank", ""), minor=minor, currency="CHF")
        about = f"order:{uuid4()}"
        return about, ledger.post(
            recipe="opening", source=source, about=about, legs=legs, business_date=day, now=machine_now()
        )


def test_an_accountant_adds_a_rate_and_what_was_missing_can_be_booked(merchant, accountant):
    with pytest.raises(ExchangeRateMissing, match="CHF"):
        book(merchant, "early", day=date(2026, 11, 2))

    done = send(accountant)

    assert done.status_code == 302
    assert stored(merchant) == [("CHF", Decimal("1.0625"), date(2026, 11, 1))]
    about, journal = book(merchant, "late", day=date(2026, 11, 2))
    assert journal
    page = accountant.get(done["Location"]).content.decode()
    assert "1 CHF = 1.0625 EUR" in page
    assert f"/orders/{about.removeprefix('order:')}/" in page
    assert "106.25" in page
    with acting_for(merchant.id):
        (told,) = AuditEntry.objects.filter(action="exchange_rate.added")
        assert told.data == {"currency": "CHF", "base_per_unit": "1.0625", "valid_from": "2026-11-01"}


def test_a_rate_shows_only_what_was_booked_on_its_own_days(merchant, accountant):
    send(accountant)
    second = send(accountant, rate="1.1", valid_from="2026-11-10")
    old, _journal = book(merchant, "old", day=date(2026, 11, 9))
    new, _journal = book(merchant, "new", day=date(2026, 11, 10))

    with acting_for(merchant.id):
        first, later = ExchangeRate.objects.order_by("valid_from")
        assert [fact.about for fact in rates.list_valued(first, most=10)] == [old]
        assert [(fact.about, fact.amount_minor, fact.base_minor) for fact in rates.list_valued(later, most=10)] == [
            (new, 10_000, 11_000)
        ]
        assert rates.next_day_of(first) == date(2026, 11, 10)
    assert new.removeprefix("order:") in accountant.get(second["Location"]).content.decode()


def test_a_second_rate_for_the_day_is_refused_and_the_first_stays(merchant, accountant):
    send(accountant)
    answer = send(accountant, rate="2")

    assert answer.status_code == 409
    assert "There is a rate of CHF from 1 November 2026 on: 1.0625" in answer.content.decode()
    assert stored(merchant) == [("CHF", Decimal("1.0625"), date(2026, 11, 1))]
    with acting_for(merchant.id), pytest.raises(ExchangeRateExists):
        rates.add_rate(currency="CHF", base_per_unit=Decimal(2), valid_from=date(2026, 11, 1), now=machine_now())


@pytest.mark.parametrize(
    "fields",
    [
        {"currency": "EUR"},
        {"currency": "QQQ"},
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": "NaN"},
        {"rate": "1e12"},
        {"rate": "1.0000000001"},
        {"rate": "one"},
        {"valid_from": "tomorrow"},
        {"valid_from": "2126-11-01"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(merchant, accountant, fields):
    assert send(accountant, **fields).status_code == 400
    assert stored(merchant) == []


def test_who_may_not_adds_nothing_and_others_rates_do_not_exist(merchant, accountant):
    auditor = signed_in(a_staff_member(merchant, role="auditor"))
    other = a_merchant()
    with acting_for(other.id):
        foreign = rates.add_rate(
            currency="CHF", base_per_unit=Decimal(1), valid_from=date(2026, 1, 1), now=machine_now()
        )

    assert send(auditor).status_code == 403
    assert accountant.get(f"{PATH}{foreign.id}/").status_code == 404
    assert stored(merchant) == []
