"""Which records are proposed as the same person: by address, by number however it is written, by a full name."""

from __future__ import annotations

import pytest

from merchant.core.tenancy import acting_for
from merchant.customers import queries
from merchant.customers.models import Customer
from tests.factories import a_merchant
from tests.factories.merchants import FOUNDED_AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    found = a_merchant()
    with acting_for(found.id):
        yield found


def a_person(name, *, phone="", email=""):
    return Customer.objects.create(name=name, phone=phone, email=email, created_at=FOUNDED_AT)


def proposed(person):
    return {other.name for other in queries.list_likely_same(person)}


@pytest.mark.usefixtures("merchant")
def test_a_number_finds_its_owner_however_it_is_written_and_no_shorter_one():
    ines = a_person("Ines", phone="0171 / 123 45 67")
    a_person("I. Albrecht", phone="+49 171 1234567")
    a_person("Reception", phone="4567")

    assert proposed(ines) == {"I. Albrecht"}


@pytest.mark.usefixtures("merchant")
def test_a_first_name_alone_proposes_nobody_and_a_full_name_nobody_with_another_number():
    ines = a_person("Ines")
    albrecht = a_person("Ines Albrecht", phone="0171 1234567")
    a_person("INES")
    a_person("ines albrecht", email="ines@example.com")
    a_person("Ines Albrecht", phone="040 7654321")

    assert proposed(ines) == set()
    assert proposed(albrecht) == {"ines albrecht"}
