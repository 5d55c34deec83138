"""The chain names the first entry that was edited, deleted, inserted, reordered or cut off."""

import pytest
from django.db import DatabaseError, connection

from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant


@pytest.fixture
def sealed(db, tmp_path, settings):
    settings.AUDIT_ANCHOR_DIR = tmp_path
    with acting_for(a_merchant().id):
        for number in range(5):
            audit.record("order.placed", subject=f"order:{number}", now=machine_now(), data={"n": number})
        assert audit.seal(now=machine_now()) == 5
        yield


def test_a_sealed_chain_holds_and_sealing_again_adds_nothing(sealed):
    assert audit.verify_chain() is None
    assert audit.seal(now=machine_now()) == 0


def test_later_entries_join_the_same_chain(sealed):
    audit.record("order.cancelled", subject="order:1", now=machine_now())
    assert audit.seal(now=machine_now()) == 1
    assert audit.verify_chain() is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_audit_entry SET action = 'x'", "DELETE FROM core_audit_link", "DELETE FROM core_audit_head"],
)
def test_history_cannot_be_changed_by_the_application(sealed, statement):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_entries_without_a_scope_are_refused(db):
    from merchant.core.tenancy import NoMerchantInScope

    with pytest.raises(NoMerchantInScope):
        audit.record("x", subject="y", now=machine_now())
    assert not AuditEntry.across_merchants.exists()
