"""Register terminals, place them, pair and revoke them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from merchant.accounts.device_services import issue_pairing_code, redeem_pairing_code
from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.ids import new_secret, secret_hash
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import Actor, acting_for
from merchant.merchants.models import Register, Store
from payments.gateways.models import GatewayAccount
from terminals.devices import queries
from terminals.devices.models import Terminal


class TerminalKnown(AppError):
    """The serial number is registered already."""

    code = "terminal_known"
    detail = "A terminal with the serial number {serial_number} is registered already."
    next_step = "Move or rename the terminal that is there."


class RegisterElsewhere(AppError):
    """The register belongs to another store."""

    code = "register_elsewhere"
    status = 400
    detail = "The register is not in this store."
    next_step = "Choose a register of the store the terminal stands in."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a terminal stands: a store, and perhaps at one of its registers."""

    store_id: UUID
    register_id: UUID | None = None


@transaction.atomic
def register_terminal(
    *, name: str, serial_number: str, place: Place, gateway_account_id: UUID, now: datetime, driver: str = "agent"
) -> Terminal:
    """
    Add a terminal of the merchant in scope. It cannot be used until it is paired.

    :raises TerminalKnown: if the serial number is registered.
    :raises NotFound: for a store, register or gateway account of somebody else. :raises RegisterElsewhere: for a register of another store.
    """
    store, register = _find_place(place)
    account = GatewayAccount.objects.filter(id=gateway_account_id).first()
    if account is None:
        raise NotFound()
    terminal = Terminal(
        name=name, serial_number=serial_number, store=store, register=register, gateway_account=account, driver=driver
    )
    try:
        with transaction.atomic():
            terminal.save(force_insert=True)
    except IntegrityError as error:
        if "terminal_serial_once" not in str(error):
            raise
        raise TerminalKnown(serial_number=serial_number) from None
    audit.record(
        "terminal.registered",
        subject=f"terminal:{terminal.id}",
        now=now,
        data={"serial_number": serial_number, "name": name},
    )
    return terminal


@transaction.atomic
def change_terminal(
    *, terminal_id: UUID, now: datetime, name: str | None = None, place: Place | None = None
) -> Terminal:
    """
    Rename or move a terminal; None leaves as it is. A payment under way goes on where it was begun.

    :raises NotFound: if it, the store or the register is not the merchant's. :raises RegisterElsewhere: for a register of another store.
    """
    terminal = queries.get_terminal(terminal_id)
    before = {"name": terminal.name, "store": str(terminal.store_id), "register": str(terminal.register_id)}
    if name is not None:
        terminal.name = name
    if place is not None:
        terminal.store, terminal.register = _find_place(place)
    terminal.save(update_fields=["name", "store", "register"])
    if before["store"] != str(terminal.store_id):
        outbox.publish("terminal.moved", f"terminal:{terminal.id}", {"terminal_id": str(terminal.id)})
    after = {"name": terminal.name, "store": str(terminal.store_id), "register": str(terminal.register_id)}
    audit.record(
        "terminal.changed", subject=f"terminal:{terminal.id}", now=now, data={"before": before, "after": after}
    )
    return terminal


def issue_terminal_code(*, terminal_id: UUID, now: datetime) -> str:
    """
    Return a code with which the device pairs itself, once and within ten minutes.

    :raises NotFound: if the terminal is not the merchant's.
    """
    return issue_pairing_code(subject=f"terminal:{queries.get_terminal(terminal_id).id}", now=now)


class WrongDevice(AppError):
    """The code was issued for a terminal with another serial number."""

    code = "wrong_device"
    status = 400
    detail = "This code is for the terminal {serial_number}."
    next_step = "Ask for a code of this terminal, or register it first. The code was not used up."


@dataclass(frozen=True, slots=True)
class PairedTerminal:
    """A terminal that was just paired, and its token, shown this once."""

    terminal: Terminal
    token: str


@transaction.atomic
def pair_terminal(*, code: str, serial_number: str, model: str, software_version: str, now: datetime) -> PairedTerminal:
    """
    Give the device that knows `code` a token. Needs no scope: the code says whose it is. An earlier token of the terminal ends.

    :raises PairingCodeRefused: if the code does not work. :raises WrongDevice: if it is another terminal's; the code stays usable.
    """
    redeemed = redeem_pairing_code(code=code, kind="terminal", now=now)
    token = new_secret("tst")
    with acting_for(redeemed.merchant_id, Actor("terminal", redeemed.subject_id, serial_number)):
        terminal = queries.get_terminal(redeemed.subject_id)
        if terminal.serial_number != serial_number:
            raise WrongDevice(serial_number=terminal.serial_number)
        # A connection with the old token is let go: the number that only the newest holder has moves on.
        _replace_token(
            terminal,
            secret_hash(token),
            paired_at=now,
            model=model,
            software_version=software_version,
            connection_channel="",
            connection_epoch=terminal.connection_epoch + 1,
            state="offline",
            step="",
        )
        audit.record("terminal.paired", subject=f"terminal:{terminal.id}", now=now, data={"model": model})
    return PairedTerminal(terminal, token)


@transaction.atomic
def revoke_terminal(*, terminal_id: UUID, now: datetime) -> Terminal:
    """
    End a terminal's access; its socket closes within a second. Pairing it again is possible. A repeat changes nothing.

    :raises NotFound: if the terminal is not the merchant's.
    """
    terminal = queries.get_terminal(terminal_id)
    if terminal.token_hash is not None:
        _replace_token(terminal, None)
        audit.record("terminal.revoked", subject=f"terminal:{terminal.id}", now=now)
    return terminal


def _replace_token(terminal: Terminal, token_hash: str | None, **changes: Any) -> None:
    holder = terminal.connection_channel
    Terminal.objects.filter(id=terminal.id).update(token_hash=token_hash, **changes)
    for name, value in {"token_hash": token_hash, **changes}.items():
        setattr(terminal, name, value)
    if holder:
        notify.after_commit(holder, str(terminal.id))


def _find_place(place: Place) -> tuple[Store, Register | None]:
    store = Store.objects.filter(id=place.store_id).first()
    if store is None:
        raise NotFound()
    if place.register_id is None:
        return store, None
    register = Register.objects.filter(id=place.register_id).first()
    if register is None:
        raise NotFound()
    if register.store_id != store.id:
        raise RegisterElsewhere()
    return store, register
