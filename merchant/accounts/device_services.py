"""Pairing codes and tablets. Terminals redeem their codes here too and keep their own tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from merchant.accounts import callers, queries
from merchant.accounts.models import Device, PairingCode
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.ids import new_secret, readable_code, secret_hash
from merchant.core.tenancy import Actor, acting_for, current_merchant_id
from merchant.merchants.models import Register
from merchant.merchants.queries import list_put_away

PAIRING_CODE_LENGTH = 8
# Time to walk from the office to the counter, and no more.
PAIRING_CODE_LIFE = timedelta(minutes=10)


@transaction.atomic
def issue_pairing_code(*, subject: str, now: datetime) -> str:
    """
    Return a code of eight readable characters that binds one device to `subject` (`register:<id>`, `terminal:<id>`) within ten minutes.

    Earlier unused codes of the subject end, so only the last one shown works. Stored as a hash. Two that ask at once wait for each other.
    """
    db.rows(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 45))", [f"pairing-code:{current_merchant_id()}:{subject}"]
    )
    PairingCode.objects.filter(subject=subject, used_at=None, expires_at__gt=now).update(expires_at=now)
    code = readable_code(PAIRING_CODE_LENGTH)
    PairingCode.objects.create(
        subject=subject, code_hash=secret_hash(code), created_at=now, expires_at=now + PAIRING_CODE_LIFE
    )
    audit.record("pairing_code.issued", subject=subject, now=now)
    return code


class PairingCodeRefused(AppError):
    """The code is unknown, used or too old; which of them is not said."""

    code = "pairing_code_refused"
    status = 400
    detail = "This pairing code does not work."
    next_step = "Ask for a new code in the back office; a code works once and for ten minutes."


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code was issued for."""

    merchant_id: UUID
    subject_id: UUID


@transaction.atomic
def redeem_pairing_code(*, code: str, kind: str, now: datetime) -> Redeemed:
    """
    Use a code up and return what it stands for. `kind` is the word before the colon of its subject. Of two that try at once, one wins.

    :raises PairingCodeRefused: if it does not exist, was used, is too old or is for another kind of device.
    """
    typed = code.strip().upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    live = PairingCode.across_merchants.filter(
        code_hash=secret_hash(typed), used_at=None, expires_at__gt=now, subject__startswith=f"{kind}:"
    ).exclude(merchant_id__in=list_put_away())
    row = live.first()
    if row is None or not live.update(used_at=now):
        raise PairingCodeRefused()
    return Redeemed(row.merchant_id, UUID(row.subject.partition(":")[2]))


@dataclass(frozen=True, slots=True)
class Paired:
    """A tablet that was just bound, its token (shown this once), its register and the tablets that sell there already."""

    device: Device
    token: str
    register: Register
    others: Sequence[Device]


@transaction.atomic
def pair_register(*, code: str, device_name: str, now: datetime) -> Paired:
    """
    Bind a tablet to the register its code was issued for. Needs no scope: the code says whose it is. Tablets that were paired before go on selling.

    :raises PairingCodeRefused: see `redeem_pairing_code`.
    """
    redeemed = redeem_pairing_code(code=code, kind="register", now=now)
    token = new_secret("tsd")
    with acting_for(redeemed.merchant_id, Actor("register", None, device_name)):
        register = queries.get_register(redeemed.subject_id)
        others = queries.list_selling_tablets(register.id)
        device = Device.objects.create(
            register=register, name=device_name, token_hash=secret_hash(token), created_at=now
        )
        audit.record(
            "device.paired",
            subject=f"device:{device.id}",
            now=now,
            data={"register": register.code, "name": device_name},
        )
    return Paired(device, token, register, others)


class DeviceRevoked(AppError):
    """The tablet is revoked already."""

    code = "device_revoked"
    detail = "This tablet was revoked."
    next_step = "Pair it again with a new code."


@transaction.atomic
def revoke_device(*, device_id: UUID, now: datetime) -> Device:
    """
    End a tablet's access; its requests and sockets are refused within a second.

    :raises DeviceRevoked: if it was revoked before.
    """
    device = queries.get_device(device_id)
    if not Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now):
        raise DeviceRevoked()
    device.revoked_at = now
    audit.record("device.revoked", subject=f"device:{device.id}", now=now)
    transaction.on_commit(callers.forget)
    return device


@transaction.atomic
def limit_device_refunds(*, device_id: UUID, limit_minor: int | None, now: datetime) -> Device:
    """
    Set the largest single refund a tablet makes without a second person, None for no limit; it holds within a second.

    :raises NotFound: if there is none.
    """
    device = queries.get_device(device_id)
    data = {"before": device.refund_limit_minor, "after": limit_minor}
    device.refund_limit_minor = limit_minor
    device.save(update_fields=["refund_limit_minor"])
    audit.record("device.refund_limit_set", subject=f"device:{device.id}", now=now, data=data)
    transaction.on_commit(callers.forget)
    return device
