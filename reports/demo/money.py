"""A demo merchant's account at the sandbox processor, its fees, its bank and its terminals."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from merchant.core.errors import AppError
from merchant.core.vault import services as vault
from merchant.merchants.models import Merchant
from payments.fees.models import FeeContract
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.gateways.sandbox.setup import SandboxTerms, connect_sandbox
from payments.reconciliation.models import BankAccount
from payments.routing import services as routing
from payments.routing.rules import Rule, Share
from reports.demo.places import Places
from reports.demo.wishes import CURRENCY, Wish
from terminals.devices import services as devices
from terminals.devices.services import Place

IBAN = "DE89370400440532013000"
# The second account: cheap for small amounts, and now and then too busy to process.
SECOND_NAME, SECOND_IBAN = "Sandbox Nord", "DE02120300000000202051"
SECOND_BASIS_POINTS, SECOND_FIXED_MINOR = 190, 0
SECOND_BUSY = 0.06
# Below this the second account's fee is the smaller one: 1.9 % against 1.4 % and 10 cents.
SMALL_MINOR = 2000
_MODELS = ("Castles S1F2", "PAX A920", "Verifone P400")


class SandboxKeyMissing(AppError):
    """The sandbox processor has not been started yet, so nobody can open an account there."""

    code = "sandbox_key_missing"
    status = 503
    detail = "The sandbox processor has left no control key in {path}."
    next_step = "Start it with `manage.py up` and repeat."


def sandbox_control_key() -> str:
    """
    Return the key of the sandbox processor's control API.

    :raises SandboxKeyMissing: if it never ran here.
    """
    path = Path(settings.VAR_DIR) / "sandbox" / "control.key"
    if not path.exists():
        raise SandboxKeyMissing(path=path)
    return path.read_text().strip()


def connect(merchant: Merchant, wish: Wish, *, external_id: str, now: datetime) -> GatewayAccount:
    """Open the account at the processor, or tell it our present address. Talks to the processor, so never inside a transaction."""
    terms = SandboxTerms(
        currency=CURRENCY,
        zone=merchant.zone,
        merchant_name=merchant.name,
        cutoff=f"{merchant.day_cutoff:%H:%M}",
        iban=IBAN,
        fee_basis_points=wish.fee_basis_points,
        fee_fixed_minor=wish.fee_fixed_minor,
        seed=wish.seed,
    )
    return connect_sandbox(
        name="Sandbox",
        external_id=external_id,
        terms=terms,
        control_key=sandbox_control_key(),
        webhook_base_url=settings.OWN_URL,
        now=now,
        capture_mode=wish.capture_mode,
    )


@transaction.atomic
def open_second(merchant: Merchant, wish: Wish, *, now: datetime, day: date) -> GatewayAccount:
    """Open a second account with fees, bank and temper of its own, and rules that send small amounts there. Talks to the processor."""
    account = connect_second(merchant, wish, external_id=new_external_id(), now=now)
    bank = open_bank_account(name="Account for the second processor", iban=SECOND_IBAN)
    account.config = {**account.config, "bank_account_id": str(bank.id)}
    account.save(update_fields=["config"])
    FeeContract.objects.create(
        gateway_account=account,
        valid_from=day.replace(month=1, day=1),
        basis_points=SECOND_BASIS_POINTS,
        fixed_minor=SECOND_FIXED_MINOR,
    )
    return account


def connect_second(merchant: Merchant, wish: Wish, *, external_id: str, now: datetime) -> GatewayAccount:
    """Open the second account at the processor, or tell it our present address."""
    return connect_sandbox(
        name=SECOND_NAME,
        external_id=external_id,
        terms=SandboxTerms(
            currency=CURRENCY,
            zone=merchant.zone,
            merchant_name=merchant.name,
            cutoff=f"{merchant.day_cutoff:%H:%M}",
            iban=SECOND_IBAN,
            fee_basis_points=SECOND_BASIS_POINTS,
            fee_fixed_minor=SECOND_FIXED_MINOR,
            seed=wish.seed,
        ),
        control_key=sandbox_control_key(),
        webhook_base_url=settings.OWN_URL,
        now=now,
        capture_mode=wish.capture_mode,
    )


def agree_routes(first: GatewayAccount, second: GatewayAccount, *, now: datetime) -> None:
    """Write the rules: small amounts where they are cheaper, the rest mostly to the first; each stands in for the other."""
    one, two = str(first.id), str(second.id)
    rules = [
        Rule("Small amounts", (Share(two, 100),), (one,), amount_to=SMALL_MINOR),
        Rule("Everything else", (Share(one, 80), Share(two, 20)), (two,)),
    ]
    routing.save_plan(rules=rules, based_on=0, note="1.9 % against 1.4 % and 10 cents", now=now)


def new_external_id() -> str:
    """Return a name for an account at the processor that nobody has."""
    return f"demo_{secrets.token_hex(6)}"


def agree_fees(account: GatewayAccount, wish: Wish, *, day: date) -> None:
    """Enter what the processor promised to take."""
    FeeContract.objects.create(
        gateway_account=account,
        valid_from=day.replace(month=1, day=1),
        basis_points=wish.fee_basis_points,
        fixed_minor=wish.fee_fixed_minor,
    )


def open_bank_account(*, name: str = "Business account", iban: str = IBAN) -> BankAccount:
    """Enter an account that payouts go to."""
    bank = BankAccount(name=name, currency=CURRENCY, hint=iban[-4:])
    bank.iban = vault.seal(iban, context=f"bank_account:{bank.id}:iban")
    bank.save(force_insert=True)
    return bank


@transaction.atomic
def pair_terminals(places: Places, account: GatewayAccount, wish: Wish, *, now: datetime) -> list[dict[str, Any]]:
    """Register and pair the terminals of every store, beside its first tills, and return what a simulated one needs."""
    keys = registry.access(account).secrets
    terminals = []
    for store in places.stores:
        registers = [register for register in places.registers if register.store_id == store.id]
        for number in range(1, wish.terminals_per_store + 1):
            register = registers[number - 1] if number <= len(registers) else None
            serial = f"SIM-{store.code}-{number}-{secrets.token_hex(3)}"
            terminal = devices.register_terminal(
                name=f"{store.name.split()[-1]} {number}",
                serial_number=serial,
                place=Place(store.id, register.id if register else None),
                gateway_account_id=account.id,
                now=now,
            )
            code = devices.issue_terminal_code(terminal_id=terminal.id, now=now)
            paired = devices.pair_terminal(
                code=code,
                serial_number=serial,
                model=_MODELS[number % len(_MODELS)],
                software_version="4.2.1",
                now=now,
            )
            terminals.append(
                {
                    "id": str(terminal.id),
                    "name": terminal.name,
                    "store_id": str(store.id),
                    "register_id": str(register.id) if register else None,
                    "serial": serial,
                    "token": paired.token,
                    "terminal_key": keys["terminal_key"],
                }
            )
    return terminals
