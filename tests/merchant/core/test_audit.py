"""The chain names the first entry that was edited, deleted, inserted, reordered or cut off."""

import pytest
from django.db import DatabaseError, connection

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditEntry
from merchant.core.audit.services import ChainFault
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for, current_merchant_id
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


def anchor_at(position):
    audit._anchor(current_merchant_id(), position, b"", b"")


def test_what_is_sealed_while_the_chain_is_read_is_no_tail_that_was_cut(sealed, monkeypatch):
    anchor_at(5)
    read = db.dict_rows

    def read_and_be_overtaken(sql, values):
        rows = read(sql, values)
        if sql == audit._SEALED:
            anchor_at(6)
        return rows

    monkeypatch.setattr(audit.db, "dict_rows", read_and_be_overtaken)

    assert audit.verify_chain() is None


def test_an_anchor_beyond_the_last_link_is_a_tail_that_was_cut(sealed):
    anchor_at(6)

    assert audit.verify_chain() == ChainFault(5, "the tail was cut: the anchor lies beyond the last link")
    assert audit.verify_chain(anchored=5) is None


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
