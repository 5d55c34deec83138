"""Data keys are rotated and the master key is changed: everything opens at every moment, and with the old keys nothing does afterwards."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from merchant import secrets
from merchant.accounts import second_factors
from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditEntry, AuditHead
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.core.vault import holders, keys, master, rotation
from merchant.core.vault import services as vault
from merchant.core.vault.models import DataKey, MasterKey
from merchant.merchants.models import Merchant
from merchant.messages.models import WebhookEndpoint
from merchant.messages.services import secret_context
from payments.vouchers import services as vouchers
from tests.factories import a_merchant, a_staff_member
from tests.factories.papers import a_stored_card, a_voucher, a_webhook_endpoint

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=11)
# Bytes that are no secrets: pictures, digests, what was asked and answered.
NOT_SEALED = {
    "brand_brand.logo", "core_audit_link.digest", "core_audit_head.digest", "core_audit_head.signature", "core_stored_answer.fingerprint", "core_stored_answer.body",
    "core_data_key.wrapped", "core_master_key.kept",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Each test's process begins with no data key and no file of keys in memory."""
    vault.forget()
    keys._from_files.clear()
    yield
    vault.forget()
    keys._from_files.clear()


@pytest.fixture
def next_key(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    """Another master key, given beside the one in force."""
    monkeypatch.setenv("VAULT_MASTER_KEY", settings.VAULT_MASTER_KEY)
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")
    key = os.urandom(32)
    settings.VAULT_MASTER_KEY_NEXT = base64.b64encode(key).decode()
    return key


@pytest.fixture
def key_files(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of an installation whose keys are files."""
    monkeypatch.delenv("VAULT_MASTER_KEY", raising=False)
    monkeypatch.setattr(secrets, "VAR", tmp_path)
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / keys.FILE).write_text(settings.VAULT_MASTER_KEY)
    return folder


@pytest.fixture
def merchant() -> Merchant:
    """A merchant with five endpoints and a kept card, each with its secret."""
    made = a_merchant()
    for number in range(5):
        _seal(a_webhook_endpoint(made), f"whsec_{number}")
    a_stored_card(made)
    return made


def _seal(endpoint: WebhookEndpoint, secret: str) -> None:
    with acting_for(endpoint.merchant_id):
        endpoint.secret = vault.seal(secret, context=secret_context(endpoint.id))
        endpoint.save()


def _key_ids(merchant: Merchant) -> set[UUID]:
    with acting_for(merchant.id):
        return {vault.key_id_of(bytes(endpoint.secret)) for endpoint in WebhookEndpoint.objects.all()}


def _secrets(merchant: Merchant) -> list[str]:
    with acting_for(merchant.id):
        return [
            vault.open_secret(row.secret, context=secret_context(row.id))
            for row in WebhookEndpoint.objects.order_by("id")
        ]


def _acts(merchant: Merchant) -> list[str]:
    with acting_for(merchant.id):
        found = AuditEntry.objects.filter(action__startswith="vault.").order_by("id")
        return list(found.values_list("action", flat=True))


def test_every_column_of_bytes_is_sealed_anew_or_known_to_be_no_secret():
    named = {column.name for column in holders.columns}
    fields = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        if model._meta.app_label in ("merchant", "inventory", "orders", "payments", "terminals", "reports")
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField)
    }
    assert fields - NOT_SEALED == named


def test_rotation_seals_everything_anew_and_the_old_key_opens_nothing(merchant):
    before, old = _secrets(merchant), _key_ids(merchant)
    with acting_for(merchant.id):
        old_row = WebhookEndpoint.objects.order_by("id").first()
        new = rotation.rotate(now=machine_now())
        assert rotation.reseal(now=machine_now(), batch=2) == 6
        assert rotation.drop_old_keys(now=machine_now() + LATER) == 1

    vault.forget()
    assert _secrets(merchant) == before
    assert _key_ids(merchant) == {new} and new not in old
    with acting_for(merchant.id):
        assert DataKey.objects.filter(merchant_id=merchant.id).count() == 1
        with pytest.raises(vault.SecretUnreadable):
            vault.open_secret(old_row.secret, context=secret_context(old_row.id))
        assert rotation.count_unreadable() == {"": 6}
    assert _acts(merchant) == ["vault.data_key_made"] + ["vault.resealed"] * 4 + ["vault.data_key_dropped"]


def test_a_rotation_that_was_cut_off_goes_on_and_a_repeat_moves_nothing(merchant, monkeypatch):
    with acting_for(merchant.id):
        first = rotation.rotate(now=machine_now())
        sealed = rotation._seal_anew
        monkeypatch.setattr(
            rotation, "_seal_anew", lambda column, *rest: column.field == "secret" and sealed(column, *rest)
        )
        with monkeypatch.context() as cut:
            cut.setattr(
                rotation, "crash_point", lambda name: (_ for _ in ()).throw(KeyboardInterrupt) if name == "M9" else None
            )
            with pytest.raises(KeyboardInterrupt):
                rotation.reseal(now=machine_now(), batch=2)
        assert rotation.count_behind() == {"merchant_webhook_endpoint.secret": 3, "payment_stored_credential.secret": 1}

        assert rotation.rotate(now=machine_now()) == first
        assert rotation.reseal(now=machine_now()) == 4
        acts = len(_acts(merchant))
        assert rotation.reseal(now=machine_now()) == 0
        assert len(_acts(merchant)) == acts
    assert _key_ids(merchant) == {first}


def test_a_data_key_that_is_needed_or_was_followed_a_moment_ago_stays(merchant):
    with acting_for(merchant.id):
        rotation.rotate(now=machine_now())
        assert rotation.drop_old_keys(now=machine_now() + LATER) == 0
        rotation.reseal(now=machine_now())
        assert rotation.drop_old_keys(now=machine_now() + timedelta(minutes=9)) == 0
        assert rotation.count_old_keys() == 1
    assert "vault.data_key_dropped" not in _acts(merchant)


def test_what_cannot_be_opened_stays_and_keeps_its_key(merchant):
    with acting_for(merchant.id):
        row = WebhookEndpoint.objects.order_by("id").first()
        broken = bytes(row.secret)[:-1] + bytes([bytes(row.secret)[-1] ^ 1])
        WebhookEndpoint.objects.filter(id=row.id).update(secret=broken)
        rotation.rotate(now=machine_now())
        assert rotation.reseal(now=machine_now(), batch=1) == 5
        assert rotation.drop_old_keys(now=machine_now() + LATER) == 0
        row.refresh_from_db()
        assert bytes(row.secret) == broken
        assert rotation.count_unreadable() == {"": 6, "merchant_webhook_endpoint.secret": 1}


def test_a_second_rotation_before_the_first_is_finished_says_that_it_made_no_key(merchant, capsys):
    call_command("vault", "rotate")
    assert "No new data key" not in capsys.readouterr().out
    made = _key_ids(merchant)

    call_command("vault", "rotate")

    assert "No new data key was made" in capsys.readouterr().out
    assert _key_ids(merchant) == made


def test_files_that_are_read_while_the_next_key_takes_the_old_ones_place_have_it(key_files, monkeypatch):
    following = base64.b64encode(os.urandom(32)).decode()
    (key_files / keys.NEXT_FILE).write_text(following)
    read = Path.read_text

    def read_and_moved(path: Path) -> str:
        text = read(path)
        if (key_files / keys.NEXT_FILE).exists():
            (key_files / keys.NEXT_FILE).replace(key_files / keys.FILE)
        return text

    monkeypatch.setattr(Path, "read_text", read_and_moved)
    keys.look_again()

    assert keys.check_of(base64.b64decode(following)) in keys.known_keys()


def test_one_merchants_rotation_leaves_the_others_alone(merchant):
    other = a_merchant()
    _seal(a_webhook_endpoint(other), "whsec_other")
    theirs = _key_ids(other)
    call_command("vault", "rotate", merchant=merchant.id)
    assert _key_ids(other) == theirs and _acts(other) == []
    with pytest.raises(CommandError, match="no merchant"):
        call_command("vault", "rotate", merchant=UUID(int=7))


def test_another_master_key_opens_everything_and_the_old_one_nothing(merchant, next_key, settings):
    person = a_staff_member(merchant, role="owner").user
    factor = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    factor.data = {"secret": second_factors.seal("seed")}
    factor.save()
    code = vouchers.code_of(a_voucher(merchant))
    before, old = _secrets(merchant), settings.VAULT_MASTER_KEY
    with acting_for(merchant.id):
        audit.seal(now=machine_now())

    assert (
        master.change(now=machine_now())
        == DataKey.objects.count() + Authenticator.objects.exclude(type="webauthn").count()
    )
    assert master.standing().is_done

    settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT = settings.VAULT_MASTER_KEY_NEXT, ""
    vault.forget()
    assert keys.master_key() == next_key
    assert _secrets(merchant) == before
    factor.refresh_from_db()
    assert second_factors.open_sealed(factor.data["secret"]) == "seed"
    with acting_for(merchant.id):
        assert audit.verify_chain() is None
        voucher = vouchers.Voucher.objects.get()
        assert vouchers.code_of(voucher) == code and vouchers.find_by_code(code) == voucher

    settings.VAULT_MASTER_KEY = old
    vault.forget()
    with acting_for(merchant.id):
        assert vault.count_unreadable_keys() == DataKey.objects.filter(merchant_id=merchant.id).count() > 0
    with pytest.raises(InvalidTag):
        second_factors.open_sealed(factor.data["secret"])
    with pytest.raises(keys.MasterKeyMissing, match="VAULT_MASTER_KEY_NEXT"):
        keys.master_key()
    old_row = MasterKey.objects.get(position=1)
    with pytest.raises(InvalidTag):
        keys.open_kept(keys.key_of(old), old_row.check_code, bytes(old_row.kept))


def test_a_second_change_carries_what_outlived_the_first(merchant, next_key, settings):
    code = vouchers.code_of(a_voucher(merchant))
    with acting_for(merchant.id):
        audit.seal(now=machine_now())
    master.change(now=machine_now())
    settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT = (
        settings.VAULT_MASTER_KEY_NEXT,
        base64.b64encode(os.urandom(32)).decode(),
    )
    master.change(now=machine_now())
    settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT = settings.VAULT_MASTER_KEY_NEXT, ""
    vault.forget()
    assert _secrets(merchant)
    with acting_for(merchant.id):
        assert audit.verify_chain() is None
        assert AuditHead.objects.count() == 3
        assert vouchers.code_of(vouchers.Voucher.objects.get()) == code


def test_a_head_signed_with_the_old_key_after_one_of_the_new_is_a_fault(merchant, next_key, settings):
    old = keys.key_of(settings.VAULT_MASTER_KEY)
    master.change(now=machine_now())
    with acting_for(merchant.id):
        audit.record("voucher.noted", subject="forged", now=machine_now())
        signing = keys.derive(old, keys.AUDIT_HEADS)
        with pytest.MonkeyPatch.context() as forger:
            forger.setattr(keys, "derived_key", lambda purpose: signing)
            assert audit.seal(now=machine_now()) == 1
        assert audit.verify_chain().what == "the signed head differs"


def test_the_master_key_is_not_changed_without_a_next_one_and_never_back(merchant, next_key, settings):
    given, settings.VAULT_MASTER_KEY_NEXT = settings.VAULT_MASTER_KEY_NEXT, ""
    wrapped = bytes(DataKey.objects.get(merchant_id=merchant.id).wrapped)
    with pytest.raises(CommandError, match="VAULT_MASTER_KEY_NEXT"):
        call_command("vault", "change_master_key")
    assert not MasterKey.objects.exists()
    assert bytes(DataKey.objects.get(merchant_id=merchant.id).wrapped) == wrapped

    settings.VAULT_MASTER_KEY_NEXT = given
    call_command("vault", "change_master_key")
    assert _acts(merchant) == ["vault.master_key_changed"]
    call_command("vault", "change_master_key")
    assert _acts(merchant) == ["vault.master_key_changed"]
    settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT = given, settings.VAULT_MASTER_KEY
    with pytest.raises(CommandError, match="in force before"):
        call_command("vault", "change_master_key")
    assert keys.master_key() == keys.key_of(given)


def test_of_keys_that_are_files_the_next_is_made_beside_and_takes_the_place_in_the_end(merchant, key_files, settings):
    before, old = _secrets(merchant), (key_files / keys.FILE).read_text()
    master.change(now=machine_now())
    new = (key_files / keys.NEXT_FILE).read_text()
    assert new != old and (key_files / keys.NEXT_FILE).stat().st_mode & 0o777 == 0o600
    assert (key_files / keys.FILE).read_text() == old

    with pytest.raises(master.MasterKeyNotChanged, match="ten minutes"):
        master.forget_old(now=machine_now())
    assert (key_files / keys.FILE).read_text() == old
    assert master.forget_old(now=machine_now() + LATER)
    assert [path.name for path in key_files.iterdir()] == [keys.FILE]
    assert (key_files / keys.FILE).read_text() == new
    assert not master.forget_old(now=machine_now() + LATER)
    # A process that began with the old key finds the file by itself.
    vault.forget()
    keys._from_files.clear()
    assert _secrets(merchant) == before


def test_what_no_key_opens_holds_nothing_up_and_stays_as_it_is(merchant, next_key):
    other = a_merchant()
    with acting_for(other.id):
        vault.seal("lost", context="a")
    DataKey.objects.filter(merchant_id=other.id).update(wrapped=os.urandom(60))
    person = a_staff_member(merchant, role="owner").user
    lost = {"secret": base64.b64encode(os.urandom(40)).decode()}
    Authenticator.objects.filter(user=person).update(data=lost)
    wrapped = bytes(DataKey.objects.get(merchant_id=other.id).wrapped)

    master.change(now=machine_now())

    assert master.standing().is_done
    assert bytes(DataKey.objects.get(merchant_id=other.id).wrapped) == wrapped
    assert Authenticator.objects.get(user=person, type="totp").data == lost
    assert _secrets(merchant)


def test_the_old_file_stays_while_something_needs_it(merchant, key_files):
    master._put_in_force(master._next_key(), now=machine_now())
    with pytest.raises(master.MasterKeyNotChanged, match="still needs"):
        master.forget_old(now=machine_now() + LATER)
    assert (key_files / keys.NEXT_FILE).exists()
    assert _secrets(merchant)
