"""`manage.py vault`: other keys for the secrets of this installation, while it goes on working."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from merchant.core.clock import machine_now
from merchant.core.tenancy import Actor, acting_for
from merchant.core.vault import keys, master, rotation

_OPERATOR = Actor(kind="system", id=None, name="operator (vault)")


class Command(BaseCommand):
    """Each of its acts may be killed and begun again."""

    help = "Rotate data keys, change the master key, and take old keys away. docs/keys.md tells what to do when."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("status", help="say what is under which key; changes nothing")
        rotate = acts.add_parser("rotate", help="make new data keys and seal everything anew with them")
        rotate.add_argument("--merchant", type=UUID, help="one merchant; without it all of them")
        acts.add_parser("change_master_key", help="put another master key in force and move everything to it")
        acts.add_parser("finish", help="seal anew what is left, and take away old keys that nothing needs")

    def handle(self, *, act: str, merchant: UUID | None = None, **options: Any) -> None:
        """Do one of them."""
        try:
            {
                "status": self._status,
                "rotate": lambda: self._rotate(merchant),
                "change_master_key": self._change_master_key,
                "finish": self._finish,
            }[act]()
        except (master.MasterKeyNotChanged, keys.MasterKeyMissing, ValueError) as reason:
            raise CommandError(str(reason)) from reason

    def _rotate(self, merchant: UUID | None) -> None:
        for merchant_id in _chosen(merchant):
            with acting_for(merchant_id, _OPERATOR):
                is_under_way = rotation.count_old_keys() > 0
                key_id = rotation.rotate(now=machine_now())
                moved = rotation.reseal(now=machine_now())
            self.stdout.write(f"{merchant_id}: {moved} secrets sealed anew with data key {key_id}.")
            if is_under_way:
                self.stdout.write(
                    "  No new data key was made: an older one is still there. Run `vault finish`, then `vault rotate` again."
                )
        self._status()
        self.stdout.write("In ten minutes run `vault finish`: it takes the old data keys away.")

    def _change_master_key(self) -> None:
        moved = master.change(now=machine_now())
        self.stdout.write(f"{moved} data keys and second factors moved to the master key {_present()}.")
        self._status()
        self.stdout.write("Keep the old master key with the backups made before: it alone opens them.")
        if keys.are_files():
            self.stdout.write("In ten minutes run `vault finish`: it takes the old key's file away.")
        else:
            self.stdout.write(
                "In ten minutes, if nothing is left under the old one: give the new key as VAULT_MASTER_KEY, leave VAULT_MASTER_KEY_NEXT out, and start again."
            )

    def _finish(self) -> None:
        moved = master.move(now=machine_now())
        dropped = 0
        for merchant_id in rotation.list_merchants():
            with acting_for(merchant_id, _OPERATOR):
                moved += rotation.reseal(now=machine_now())
                dropped += rotation.drop_old_keys(now=machine_now())
        is_forgotten = master.forget_old(now=machine_now())
        self.stdout.write(f"{moved} moved, {dropped} old data keys dropped.")
        if is_forgotten:
            self.stdout.write("The old master key's file is gone. Backups made before need the old key.")
        self._status()

    def _status(self) -> None:
        standing = master.standing()
        self.stdout.write(f"Master key in force: {_present()}; known to this process: {len(keys.known_keys())}.")
        for name, count in standing.directs.items():
            self.stdout.write(f"  {count} {name} under another master key")
        for merchant_id in rotation.list_merchants():
            with acting_for(merchant_id, _OPERATOR):
                old, behind = rotation.count_old_keys(), rotation.count_behind()
            others = standing.data_keys.get(merchant_id, 0)
            told = ", ".join(f"{count} in {name}" for name, count in behind.items()) or "none"
            self.stdout.write(
                f"{merchant_id}: {old} old data keys, {others} under another master key; secrets not under the newest: {told}."
            )


def _present() -> str:
    return keys.check_of(keys.master_key())[:12]


def _chosen(merchant: UUID | None) -> Iterable[UUID]:
    known = rotation.list_merchants()
    if merchant is None:
        return known
    if merchant not in known:
        raise CommandError(f"There is no merchant {merchant} with secrets.")
    return [merchant]
