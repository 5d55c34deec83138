"""The control API: accounts, clock, seed, faults, closing of days, bank movements, webhook replay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from . import accounts, bank, faults, fields, lines, settlement, webhooks
from .accounts import Account
from .http import Request, Response, as_json
from .processor import Processor

_LINE_TYPES = ("fee", "adjustment", "reserve_hold", "reserve_release")


def save_account(processor: Processor, request: Request) -> Response:
    """`POST /control/accounts`: create or change one."""
    with processor.store.transaction() as db:
        name = accounts.save_account(db, request.json())
    processor.accounts.reload()
    return as_json(_describe(processor.accounts.get(name)))


def read_account(processor: Processor, request: Request) -> Response:
    """`GET /control/accounts/{account}`: its settings without secrets, and its clock."""
    return as_json(_describe(_account(processor, request)))


def _describe(account: Account) -> dict[str, Any]:
    return {
        "account": account.name,
        "merchant_name": account.merchant_name,
        "currency": account.currency,
        "zone": account.zone.key,
        "cutoff": f"{account.cutoff:%H:%M}",
        "webhook_url": account.webhook_url,
        "fee_basis_points": account.fee_basis_points,
        "fee_fixed_minor": account.fee_fixed_minor,
        "iban": account.iban,
        "now": account.now().isoformat(),
        "business_date": account.business_date(account.now()).isoformat(),
    }


def _account(processor: Processor, request: Request) -> Account:
    return processor.accounts.get(request.params["account"])


def set_clock(processor: Processor, request: Request) -> Response:
    """`{now, is_frozen?}`: the clock goes on from there, or stands; `{now: null}` returns to real time."""
    account = _account(processor, request)
    body = request.json()
    offset, frozen_at = 0.0, ""
    if body.get("now") is not None:
        moment = fields.moment(body["now"], "now").astimezone(UTC)
        offset = (moment - datetime.now(UTC)).total_seconds()
        frozen_at = moment.isoformat() if body.get("is_frozen") else ""
    with processor.store.transaction() as db:
        db.execute(
            "UPDATE account SET clock_offset_seconds = ?, clock_frozen_at = ? WHERE name = ?",
            (offset, frozen_at, account.name),
        )
    processor.accounts.reload()
    return as_json(_describe(processor.accounts.get(account.name)))


def set_seed(processor: Processor, request: Request) -> Response:
    """`{account, seed}`: the same seed and the same references give the same ids, codes and chances."""
    body = request.json()
    account = processor.accounts.get(fields.text(body, "account"))
    seed = body.get("seed")
    if not isinstance(seed, str | int) or seed == "":
        raise fields.refuse("seed", "a text or a whole number is needed.")
    with processor.store.transaction() as db:
        db.execute("UPDATE account SET seed = ? WHERE name = ?", (str(seed), account.name))
    processor.accounts.reload()
    return as_json({"account": account.name, "seed": str(seed)})


def add_faults(processor: Processor, request: Request) -> Response:
    """`POST …/faults` `{faults: [{kind, count?, match?, …}]}`."""
    account = _account(processor, request)
    with processor.store.transaction() as db:
        return as_json(faults.add(db, account, request.json().get("faults")))


def list_faults(processor: Processor, request: Request) -> Response:
    """`GET …/faults`: each fault with what it hit."""
    return as_json(faults.listed(processor.store.db, _account(processor, request).name))


def remove_faults(processor: Processor, request: Request) -> Response:
    """`DELETE …/faults`: behave again."""
    account = _account(processor, request)
    with processor.store.transaction() as db:
        faults.remove_all(db, account.name)
    return as_json([])


def close_day(processor: Processor, request: Request) -> Response:
    """`POST …/close-day` `{date}`: report, payout and bank credit."""
    account = _account(processor, request)
    day = fields.day(request.json().get("date"))
    with processor.store.transaction() as db:
        return as_json(settlement.close_day(db, account, day))


def replay_webhooks(processor: Processor, request: Request) -> Response:
    """`POST …/webhooks/replay` `{ids?, type?}`: deliver again."""
    account = _account(processor, request)
    body = request.json()
    event_ids = body.get("ids") or []
    if not isinstance(event_ids, list):
        raise fields.refuse("ids", "a list of event ids is needed.")
    with processor.store.transaction() as db:
        queued = webhooks.replay(db, account.name, event_ids, fields.optional_text(body, "type"))
    return as_json({"queued": queued})


def list_webhooks(processor: Processor, request: Request) -> Response:
    """`GET …/webhooks`: the last 500 deliveries, newest first."""
    found = processor.store.db.execute(
        "SELECT id, type, attempts, due_at, delivered_at, last_answer FROM webhook WHERE account = ?"
        " ORDER BY seq DESC LIMIT 500",
        (_account(processor, request).name,),
    )
    return as_json([dict(row) for row in found])


def add_bank_entry(processor: Processor, request: Request) -> Response:
    """`POST …/bank-entries`: a movement that is no payout."""
    account = _account(processor, request)
    body = request.json()
    day = fields.day(body.get("date"))
    amount = fields.integer(body, "amount_minor", least=-fields.AMOUNT_MINOR_MAX)
    text = fields.text(body, "text", length_max=390)
    end_to_end_id = fields.optional_text(body, "end_to_end_id", length_max=35)
    with processor.store.transaction() as db:
        reference = bank.add_entry(db, account, day, amount, text, end_to_end_id)
    return as_json({"bank_reference": reference, "date": str(day), "amount_minor": amount}, status=201)


def add_adjustment(processor: Processor, request: Request) -> Response:
    """`POST …/adjustments` `{type, amount_minor}`: a row of the next report, signed from the merchant's view."""
    account = _account(processor, request)
    body = request.json()
    kind = fields.choice(body, "type", _LINE_TYPES)
    amount = fields.integer(body, "amount_minor", least=-fields.AMOUNT_MINOR_MAX)
    reference = fields.optional_text(body, "reference")
    with processor.store.transaction() as db:
        # A monthly fee is a cost in the fee column; everything else moves gross.
        gross, fee = (0, -amount) if kind == "fee" else (amount, 0)
        lines.add(db, account, kind, reference, "", gross_minor=gross, fee_minor=fee)
    return as_json({"type": kind, "amount_minor": amount}, status=201)
