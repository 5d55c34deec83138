"""A secret opens for its merchant, row and field alone."""

import pytest
from django.db import connection

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.core.vault import rotation
from merchant.core.vault import services as vault
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db
PLAIN = "whsec_not_to_be_found_in_a_dump"


def test_a_secret_opens_again_also_after_rotation():
    with acting_for(a_merchant().id):
        sealed = vault.seal(PLAIN, context="a")
        rotation.rotate(now=machine_now())
        assert vault.open_secret(sealed, context="a") == PLAIN
        assert vault.seal(PLAIN, context="a")[:16] != sealed[:16]


def test_another_merchant_context_or_changed_byte_opens_nothing():
    ours, theirs = a_merchant(), a_merchant()
    with acting_for(ours.id):
        sealed = vault.seal(PLAIN, context="a")
        for wrong, context in ((sealed, "b"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "a")):
            with pytest.raises(vault.SecretUnreadable):
                vault.open_secret(wrong, context=context)
    with acting_for(theirs.id), pytest.raises(vault.SecretUnreadable):
        vault.open_secret(sealed, context="a")


def test_what_is_stored_holds_neither_secret_nor_key():
    with acting_for(a_merchant().id):
        sealed = vault.seal(PLAIN, context="a")
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM core_data_key")
        wrapped = bytes(cursor.fetchone()[0])
    assert PLAIN.encode() not in sealed
    assert len(wrapped) == 12 + 32 + 16
