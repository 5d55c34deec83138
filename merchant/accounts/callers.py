"""
Find who is calling.

Looked up once a second and process: a hot sale costs no statement for it, and what is revoked stops within a second everywhere (in the process
that revokes it at once).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from merchant.accounts import access
from merchant.accounts.models import ApiKey, Device, StaffMember, User
from merchant.core import db
from merchant.core.callers import Caller, MerchantFacts, RegisterFacts
from merchant.core.clock import machine_now
from merchant.core.ids import secret_hash
from merchant.merchants.models import Merchant, Register

# 1 s: the promise "revoked means gone within a second", with the statement it saves on every request in between.
CACHE_SECONDS = 1.0
# Far more callers than one process serves in a second; a flood of them empties the cache instead of filling memory.
_CACHED_MAX = 5_000
# Presence of tablets and keys is noted at most once a minute.
_SEEN_EVERY_SECONDS = 60

_cache: dict[tuple[str, ...], tuple[float, Caller | None]] = {}


def find_device(token: str) -> Caller | None:
    """Return the tablet with `token`, or None if it does not exist or was revoked."""
    return cached(("device", secret_hash(token)), load_device)


def find_api_key(token: str) -> Caller | None:
    """Return the API key `token`, or None if it does not exist, has expired or was revoked."""
    return cached(("api_key", secret_hash(token)), load_api_key)


def find_staff(user: User, merchant_id: UUID) -> Caller | None:
    """Return `user` working for a merchant, or None if they do not."""
    return cached(("staff", str(user.pk), str(merchant_id)), load_staff)


def cached(key: tuple[str, ...], load: Callable[..., Caller | None]) -> Caller | None:
    """Return `load(*key[1:])`, remembered for a second. Callers that do not exist are not remembered, so guessing fills nothing."""
    now = time.monotonic()
    found = _cache.get(key)
    if found is not None and found[0] > now:
        return found[1]
    caller = load(*key[1:])
    if len(_cache) >= _CACHED_MAX:
        _cache.clear()
    if caller is None:
        _cache.pop(key, None)
    else:
        _cache[key] = (now + CACHE_SECONDS, caller)
    return caller


def forget_one(key: tuple[str, ...]) -> None:
    """Forget one remembered caller of this process, so that the next look is at the database."""
    _cache.pop(key, None)


def forget() -> None:
    """Forget every remembered caller of this process. Called when rights change; other processes follow within a second."""
    _cache.clear()


def merchant_facts(merchant: Merchant) -> MerchantFacts:
    """Return the snapshot of a merchant."""
    return MerchantFacts(
        id=merchant.id,
        name=merchant.name,
        base_currency=merchant.base_currency,
        country=merchant.country,
        zone=merchant.zone,
        day_cutoff=merchant.day_cutoff,
        locale=merchant.locale,
        is_sandbox=merchant.is_sandbox,
    )


def register_facts(register: Register) -> RegisterFacts:
    """Return the snapshot of a register and its store."""
    store = register.store
    return RegisterFacts(
        register_id=register.id,
        register_code=register.code,
        register_name=register.name,
        store_id=store.id,
        store_code=store.code,
        store_name=store.name,
        country=store.country,
        currency=store.currency,
        zone=store.zone,
        day_cutoff=store.day_cutoff,
        is_training=register.is_training,
    )


def load_device(token_hash: str) -> Caller | None:
    """
    Read a tablet by the hash of its token, with its register, store and merchant; None if it does not exist, was revoked, or nobody works for its merchant any more.

    One prepared statement: a till that sells now and then is read anew for each sale, and with the models of four tables that was a quarter of it.
    """
    found = db.prepared_dict_rows(_DEVICE, [token_hash])
    if not found:
        return None
    row = found[0]
    _note_use(Device, row["id"], row["last_seen_at"], "last_seen_at")
    register = RegisterFacts(
        **{name: row[name] for name in _REGISTER_FACTS}, **{name: row[f"store_{name}"] for name in _STORE_FACTS}
    )
    return Caller(
        kind="register",
        id=row["id"],
        name=f"{register.register_name} ({row['name']})",
        merchant=MerchantFacts(**{name: row[f"merchant_{name}"] for name in _MERCHANT_FACTS}),
        rights=access.REGISTER_RIGHTS,
        stores=frozenset({register.store_id}),
        store_id=register.store_id,
        register_id=register.register_id,
        register=register,
        refund_limit_minor=row["refund_limit_minor"],
    )


_MERCHANT_FACTS = ("id", "name", "base_currency", "country", "zone", "day_cutoff", "locale", "is_sandbox")
_REGISTER_FACTS = (
    "register_id",
    "register_code",
    "register_name",
    "store_id",
    "store_code",
    "store_name",
    "is_training",
)
_STORE_FACTS = ("country", "currency", "zone", "day_cutoff")
_DEVICE = """
SELECT d.id, d.name, d.last_seen_at, d.refund_limit_minor,
    r.id AS register_id, r.code AS register_code, r.name AS register_name, r.is_training,
    s.id AS store_id, s.code AS store_code, s.name AS store_name,
    s.country AS store_country, s.currency AS store_currency, s.zone AS store_zone, s.day_cutoff AS store_day_cutoff,
    m.id AS merchant_id, m.name AS merchant_name, m.base_currency AS merchant_base_currency, m.country AS merchant_country,
    m.zone AS merchant_zone, m.day_cutoff AS merchant_day_cutoff, m.locale AS merchant_locale, m.is_sandbox AS merchant_is_sandbox
FROM merchant_device d JOIN merchant_register r ON r.id = d.register_id JOIN merchant_store s ON s.id = r.store_id
JOIN merchant_merchant m ON m.id = d.merchant_id
WHERE d.token_hash = %s AND d.revoked_at IS NULL AND m.archived_at IS NULL
"""


def load_api_key(key_hash: str) -> Caller | None:
    """Read a key by its hash; None if it does not exist, has expired or was revoked."""
    key = ApiKey.across_merchants.filter(secret_hash=key_hash, revoked_at=None).first()
    if key is None or (key.expires_at is not None and key.expires_at <= machine_now()):
        return None
    facts = _facts_of(key.merchant_id)
    if facts is None:
        return None
    _note_use(ApiKey, key.id, key.last_used_at, "last_used_at")
    return Caller(
        kind="api_key",
        id=key.id,
        name=key.name,
        merchant=facts,
        rights=access.rights_of_scopes(key.scopes),
        refund_limit_minor=key.refund_limit_minor,
    )


def load_staff(user_id: str, merchant_id: str) -> Caller | None:
    """Read what a person is to a merchant; None if they do not work there."""
    rows = StaffMember.across_merchants.select_related("user")
    member = rows.filter(user_id=user_id, merchant_id=merchant_id, is_active=True, user__is_active=True).first()
    facts = _facts_of(member.merchant_id) if member else None
    if member is None or facts is None:
        return None
    stores = None
    if not member.all_stores:
        stores = frozenset(
            StaffMember.stores.through._base_manager.filter(staffmember_id=member.id).values_list("store_id", flat=True)
        )
    return Caller(
        kind="staff",
        id=member.id,
        name=str(member.user),
        merchant=facts,
        role=member.role,
        user_id=member.user_id,
        rights=access.rights_of_role(member.role, at_all_stores=member.all_stores),
        stores=stores,
        refund_limit_minor=member.refund_limit_minor,
        is_masked=member.role not in access.UNMASKED_ROLES,
        has_single_keys=member.user.has_single_keys,
        is_second_factor_missing=member.role in access.MFA_ROLES and not _has_second_factor(member.user),
    )


def _has_second_factor(user: User) -> bool:
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(user))


def _facts_of(merchant_id: UUID) -> MerchantFacts | None:
    """Return the snapshot of a merchant, None if it was put away: nobody works for it any more."""
    merchant = Merchant.objects.get(pk=merchant_id)
    return None if merchant.archived_at else merchant_facts(merchant)


def _note_use(model: type[Device] | type[ApiKey], row_id: UUID, before: object, field: str) -> None:
    now = machine_now()
    if before is None or (now - before).total_seconds() >= _SEEN_EVERY_SECONDS:  # type: ignore[operator]
        model.across_merchants.filter(pk=row_id).update(**{field: now})
