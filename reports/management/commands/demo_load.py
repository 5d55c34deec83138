"""`manage.py demo_load`: the demo merchant, made once."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from merchant import ports
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.messages.models import WebhookEndpoint
from reports.demo import money, services
from reports.demo.wishes import Wish

DOMAIN = "halden-roe.example"
NAME = "Halden & Roe"
# What listens for the webhooks of the demo's webshop, and has a port of its own in every installation.
SHOPPERS = "shoppers"
# It is there before the day that `merchant.demo.yesterday` trades.
FOUNDED_BEFORE = timedelta(days=3)


class Command(BaseCommand):
    """Make the demo merchant, unless it is there, and write down how to reach it."""

    help = (
        "Make the demo merchant once and write var/demo.json: sign-ins, keys and tokens. Needs the sandbox processor."
    )

    def handle(self, **options: Any) -> None:
        """Load or refresh."""
        path = Path(settings.VAR_DIR) / "demo.json"
        try:
            demo = _with_webshop(path, _find(path) or _make(path))
            _refresh(demo)
        except AppError as refusal:
            raise CommandError(f"{refusal.message} {refusal.next_step}") from refusal
        _write_terminals(Path(settings.VAR_DIR) / "demo", demo)
        self.stdout.write(f"merchant={demo['merchant_id']}")


def _find(path: Path) -> dict[str, Any] | None:
    """Return the demo written down at `path` if its merchant is still in this database."""
    if not path.exists():
        return None
    demo: dict[str, Any] = json.loads(path.read_text())
    return demo if Merchant.objects.filter(id=demo["merchant_id"]).exists() else None


def _make(path: Path) -> dict[str, Any]:
    port = ports.find_own(path.parent, program=SHOPPERS)
    wish = Wish(name=NAME, stores=5, webhook_url=_webhook_url(port), gift_cards=40, has_second_account=True)
    demo = services.make_merchant(wish=wish, domain=DOMAIN, now=machine_now() - FOUNDED_BEFORE)
    services.move_clock(merchant_id=UUID(demo["merchant_id"]), to=machine_now())
    _write(path, {**demo, "webshop_port": port})
    return {**demo, "webshop_port": port}


def _with_webshop(path: Path, demo: dict[str, Any]) -> dict[str, Any]:
    """Return the demo with a port at which its webshop can listen: where another program sits on the one it had, it takes another, and its webhooks go there."""
    if not ports.is_taken_by_another(demo["webshop_port"], str(path)):
        return demo
    old, new = demo["webshop_port"], ports.find_own(path.parent, program=SHOPPERS)
    with acting_for(UUID(demo["merchant_id"])):
        WebhookEndpoint.objects.filter(url=_webhook_url(old)).update(url=_webhook_url(new))
    moved = {**demo, "webshop_port": new}
    _write(path, moved)
    return moved


def _webhook_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks"


def _refresh(demo: dict[str, Any]) -> None:
    """Tell the processor where we listen today: a start may have taken other ports."""
    merchant = Merchant.objects.get(id=demo["merchant_id"])
    with acting_for(merchant.id):
        first, *others = services.list_accounts(merchant.id)
        wish = Wish(name=merchant.name)
        money.connect(merchant, wish, external_id=first.external_id, now=machine_now())
        for account in others:
            money.connect_second(merchant, wish, external_id=account.external_id, now=machine_now())


def _write_terminals(folder: Path, demo: dict[str, Any]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    ws_url = settings.OWN_URL.replace("http", "ws", 1) + "/ws/terminal/"
    terminals = [{**terminal, "sandbox_url": settings.SANDBOX_URL, "ws_url": ws_url} for terminal in demo["terminals"]]
    _write(folder / "terminals.json", terminals)


def _write(path: Path, document: Any) -> None:
    """Write secrets where only this user reads them; readers see the old file or the whole new one."""
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(document, file, indent=1)
    new.replace(path)
