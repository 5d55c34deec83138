"""One merchant at a time, and loud when none."""

import pytest

from merchant.core.tenancy import AnotherMerchant, NoMerchantInScope, acting_for
from merchant.merchants.models import Store
from tests.factories import a_merchant, a_store

pytestmark = pytest.mark.django_db


def test_a_query_without_a_merchant_fails_loudly():
    with pytest.raises(NoMerchantInScope):
        Store.objects.count()


def test_another_merchants_rows_are_not_seen():
    ours, theirs = a_merchant(), a_merchant()
    a_store(theirs)
    with acting_for(ours.id):
        assert not Store.objects.exists()


def test_a_second_merchant_inside_a_scope_is_refused():
    ours, theirs = a_merchant(), a_merchant()
    with acting_for(ours.id), pytest.raises(AnotherMerchant), acting_for(theirs.id):
        pass


def test_a_row_of_another_merchant_cannot_be_stored():
    ours, theirs = a_merchant(), a_merchant()
    store = a_store(theirs)
    with acting_for(ours.id), pytest.raises(AnotherMerchant):
        store.save()
