"""Merchant accounts: settings, keys, business clock, and names that a seed makes repeatable."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import fields
from .http import ApiError

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Account:
    """One merchant's account as it is set at present."""

    name: str
    api_key: str
    terminal_key: str
    webhook_url: str
    webhook_secrets: tuple[str, ...]
    currency: str
    fee_basis_points: int
    fee_fixed_minor: int
    zone: ZoneInfo
    cutoff: time
    merchant_name: str
    iban: str
    bank_opening_minor: int
    seed: str
    clock_offset: timedelta
    clock_frozen_at: datetime | None

    def now(self) -> datetime:
        """Return the account's business time in UTC."""
        return self.clock_frozen_at or datetime.now(UTC) + self.clock_offset

    def business_date(self, moment: datetime) -> date:
        """Return the day `moment` belongs to: the local day that began at the cut-off."""
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return (wall - timedelta(hours=self.cutoff.hour, minutes=self.cutoff.minute)).date()

    def new_id(self, prefix: str, *story: object) -> str:
        """Return an id that is the same for the same seed and story."""
        digest = self.draw("id", prefix, *story)
        return prefix + "".join(_ALPHABET[byte & 31] for byte in digest[:20])

    def auth_code(self, reference: str) -> str:
        """Return the six digits an issuer gives with an approval."""
        return f"{int.from_bytes(self.draw('auth', reference)[:4]) % 1_000_000:06d}"

    def chance(self, *story: object) -> float:
        """Return a number from 0 to 1 that is the same for the same seed and story."""
        return int.from_bytes(self.draw("chance", *story)[:6]) / 2**48

    def draw(self, *story: object) -> bytes:
        """Return 32 bytes that depend on nothing but seed, account and story."""
        return hashlib.sha256("|".join([self.seed, self.name, *map(str, story)]).encode()).digest()


class Accounts:
    """All accounts, read once: this process is their only writer, and every write ends in `reload`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.reload()

    def reload(self) -> None:
        """Read all accounts again, after a write."""
        found = [_from_row(row) for row in self._db.execute("SELECT * FROM account")]
        self._by_name = {account.name: account for account in found}
        self.by_api_key = {account.api_key: account for account in found}
        self.by_terminal_key = {account.terminal_key: account for account in found}

    def get(self, name: str) -> Account:
        """
        Return one account.

        :raises ApiError: 404 if there is none of that name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ApiError(404, "account_not_found", f"There is no account {name}.") from None


def save_account(db: sqlite3.Connection, body: dict[str, Any]) -> str:
    """
    Create or change an account and return its name. What an earlier call set and this one leaves out stays.

    :raises ApiError: 400 for a field that cannot be; 409 if a key belongs to another account.
    """
    name = fields.name_of(fields.text(body, "account"), "account")
    row = db.execute("SELECT * FROM account WHERE name = ?", (name,)).fetchone()
    earlier = dict(row) if row else {"seed": secrets.token_hex(16)}
    if row:
        earlier["webhook_secrets"] = json.loads(row["webhook_secrets"])
    values = _checked({**_DEFAULTS, **earlier, **{key: value for key, value in body.items() if value is not None}})
    columns = ["name", *values]
    try:
        db.execute(
            f"INSERT INTO account ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            f" ON CONFLICT (name) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in values)}",
            (name, *values.values()),
        )
    except sqlite3.IntegrityError:
        raise ApiError(409, "key_taken", "Another account has this api_key or terminal_key.") from None
    return name


_DEFAULTS: dict[str, Any] = {
    "webhook_url": "",
    "webhook_secrets": [],
    "currency": "EUR",
    "fee_basis_points": 140,
    "fee_fixed_minor": 10,
    "zone": "Europe/Berlin",
    "cutoff": "00:00",
    "merchant_name": "Sandbox merchant",
    "iban": "DE89370400440532013000",
    "bank_opening_minor": 0,
}


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    try:
        ZoneInfo(fields.text(body, "zone"))
        time.fromisoformat(fields.text(body, "cutoff"))
    except (ZoneInfoNotFoundError, ValueError):
        raise fields.refuse("zone/cutoff", "an IANA zone and a time such as 04:00 are needed.") from None
    hook_secrets = body["webhook_secrets"]
    if not isinstance(hook_secrets, list) or not all(isinstance(secret, str) and secret for secret in hook_secrets):
        raise fields.refuse("webhook_secrets", "a list of whsec_ texts is needed.")
    currency = fields.text(body, "currency", length_max=3)
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise fields.refuse("currency", "an ISO 4217 code such as EUR is needed.")
    return {
        "api_key": fields.text(body, "api_key"),
        "terminal_key": fields.text(body, "terminal_key"),
        "webhook_url": fields.optional_text(body, "webhook_url", length_max=2000),
        "webhook_secrets": json.dumps(hook_secrets),
        "currency": currency,
        "fee_basis_points": fields.integer(body, "fee_basis_points"),
        "fee_fixed_minor": fields.integer(body, "fee_fixed_minor"),
        "zone": body["zone"],
        "cutoff": body["cutoff"],
        "merchant_name": fields.text(body, "merchant_name"),
        "iban": fields.text(body, "iban", length_max=34),
        "bank_opening_minor": fields.integer(body, "bank_opening_minor", least=-fields.AMOUNT_MINOR_MAX),
        "seed": str(body["seed"]),
    }


def _from_row(row: sqlite3.Row) -> Account:
    return Account(
        name=row["name"],
        api_key=row["api_key"],
        terminal_key=row["terminal_key"],
        webhook_url=row["webhook_url"],
        webhook_secrets=tuple(json.loads(row["webhook_secrets"])),
        currency=row["currency"],
        fee_basis_points=row["fee_basis_points"],
        fee_fixed_minor=row["fee_fixed_minor"],
        zone=ZoneInfo(row["zone"]),
        cutoff=time.fromisoformat(row["cutoff"]),
        merchant_name=row["merchant_name"],
        iban=row["iban"],
        bank_opening_minor=row["bank_opening_minor"],
        seed=row["seed"],
        clock_offset=timedelta(seconds=row["clock_offset_seconds"]),
        clock_frozen_at=datetime.fromisoformat(row["clock_frozen_at"]) if row["clock_frozen_at"] else None,
    )
