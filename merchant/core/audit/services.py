"""Write audit rows; seal them; prove the chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from merchant.core import db
from merchant.core.audit.models import AuditHead, AuditLink
from merchant.core.ids import new_id
from merchant.core.tenancy import current_actor, current_merchant_id
from merchant.core.vault import keys

_START = bytes(32)
# 5,000 rows hash in about 60 ms and fit one transaction.
_SEAL_BATCH = 5000


def record(action: str, *, subject: str, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Write one audit row for the actor in scope in the caller's transaction. `subject` is `payment:<id>` and the like."""
    actor = current_actor()
    values = [
        new_id(),
        current_merchant_id(),
        action,
        subject,
        now,
        db.json_text(data or {}),
        actor.kind,
        actor.id,
        actor.name[:120],
    ]
    db.insert_prepared(_RECORD, values)


_RECORD = """
INSERT INTO core_audit_entry (id, merchant_id, action, subject, at, data, actor_kind, actor_id, actor_name)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


# Rows of transactions that were still open when an earlier batch was sealed get a later place; none is ever skipped.
_UNSEALED = """
SELECT e.id, e.action, e.actor_kind, e.actor_id, e.actor_name, e.subject, e.data, e.at FROM core_audit_entry e
WHERE e.merchant_id = %s AND NOT EXISTS (SELECT 1 FROM core_audit_link l WHERE l.entry_id = e.id)
ORDER BY e.id LIMIT %s
"""


@transaction.atomic
def seal(*, now: datetime) -> int:
    """
    Append unsealed entries of the merchant in scope to its chain, sign the new head, and return how many were sealed.

    Locks the merchant's chain (advisory, until commit), so two sealers are harmless; a repeat seals nothing.
    """
    merchant_id = current_merchant_id()
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit:{merchant_id}"])
    last = AuditLink.objects.order_by("-position").first()
    position, digest = (last.position, bytes(last.digest)) if last else (0, _START)
    links = []
    for entry in db.dict_rows(_UNSEALED, [merchant_id, _SEAL_BATCH]):
        position, digest = position + 1, _digest(digest, entry)
        links.append(AuditLink(position=position, entry_id=entry["id"], digest=digest))
    if links:
        AuditLink.objects.bulk_create(links)
        signature = _signature(merchant_id, position, digest, keys.derived_key(keys.AUDIT_HEADS))
        AuditHead(position=position, digest=digest, signature=signature, sealed_at=now).save(force_insert=True)
        transaction.on_commit(lambda: _anchor(merchant_id, position, digest, signature))
    return len(links)


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first place where the chain does not hold."""

    position: int
    what: str


def anchored_position() -> int:
    """
    Return how far the chain of the merchant in scope was sealed by the anchor outside the database; 0 without one.

    To be asked before the chain is read: sealing goes on meanwhile, and what was sealed after the reading is no tail that was cut.
    """
    anchor = _anchor_path(current_merchant_id())
    return int(json.loads(anchor.read_text())["position"]) if anchor.exists() else 0


def verify_chain(*, anchored: int | None = None) -> ChainFault | None:
    """
    Recompute the chain of the merchant in scope and compare it with links, heads and the anchor outside the database.

    Finds an edited, deleted, inserted or reordered entry and a cut tail. Returns None when all holds. Changes nothing. Who reads in a snapshot asks for
    `anchored_position` before it is taken and hands it in as `anchored`.
    """
    merchant_id = current_merchant_id()
    if anchored is None:
        anchored = anchored_position()
    heads = {head.position: head for head in AuditHead.objects.all()}
    # A master key that was changed signs no more: after a head of a newer key there is none of an older one.
    signing = keys.derived_keys(keys.AUDIT_HEADS)
    digest, position = _START, 0
    for row in db.dict_rows(_SEALED, [merchant_id]):
        position += 1
        if row["position"] != position:
            return ChainFault(position, "a link is missing")
        if row["action"] is None:
            return ChainFault(position, "the entry was deleted")
        digest = _digest(digest, {**row, "id": row["entry_id"]})
        if digest != bytes(row["digest"]):
            return ChainFault(position, "the entry was changed")
        head = heads.pop(position, None)
        if head and not _is_signed(head, digest, signing):
            return ChainFault(position, "the signed head differs")
    if heads:
        return ChainFault(position, "the tail was cut: a signed head lies beyond the last link")
    if anchored > position:
        return ChainFault(position, "the tail was cut: the anchor lies beyond the last link")
    return None


_SEALED = """
SELECT l.position, l.entry_id, l.digest, e.action, e.actor_kind, e.actor_id, e.actor_name, e.subject, e.data, e.at
FROM core_audit_link l LEFT JOIN core_audit_entry e ON e.id = l.entry_id WHERE l.merchant_id = %s ORDER BY l.position
"""


def _digest(before: bytes, entry: dict[str, Any]) -> bytes:
    data = entry["data"] if isinstance(entry["data"], str) else json.dumps(entry["data"])
    fields = [
        str(entry["id"]),
        entry["action"],
        entry["actor_kind"],
        str(entry["actor_id"]),
        entry["actor_name"],
        entry["subject"],
        json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")),
        entry["at"].astimezone(None).timestamp().hex(),
    ]
    return hashlib.sha256(before + json.dumps(fields).encode()).digest()


def _signature(merchant_id: UUID, position: int, digest: bytes, key: bytes) -> bytes:
    message = f"{merchant_id}:{position}:".encode() + digest
    return hmac.new(key, message, hashlib.sha256).digest()


def _is_signed(head: AuditHead, digest: bytes, signing: list[bytes]) -> bool:
    """Say whether the first of `signing` that fits signed a head over `digest`, and take the older ones before it away."""
    while signing and bytes(head.signature) != _signature(head.merchant_id, head.position, digest, signing[0]):
        signing.pop(0)
    return bool(signing)


def _anchor_path(merchant_id: UUID) -> Path:
    return Path(settings.AUDIT_ANCHOR_DIR) / f"{merchant_id}.json"


def _anchor(merchant_id: UUID, position: int, digest: bytes, signature: bytes) -> None:
    path = _anchor_path(merchant_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_text(json.dumps({"position": position, "digest": digest.hex(), "signature": signature.hex()}))
    written.replace(path)
