"""What was planted on purpose, and which exception each fault must have led to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from payments.gateways.models import GatewayAccount
from reports.verify.look import Planted

_ANSWER_SECONDS_MAX = 8
# Fault of the sandbox -> (kind of exception, sign of the damage from the merchant's view). Faults that are not here lead to no exception: they are made good.
EXPECTED = {
    "settle_short": ("amount", -1),
    "leave_out": ("missing_in_report", -1),
    "settle_twice": ("duplicate", 1),
    "not_ours": ("not_ours", 1),
    "fee_change": ("fee", -1),
    "payout_short": ("short_payout", -1),
    "payout_missing": ("missing_payout", -1),
}


class PlantedUnknown(ValueError):
    """Nobody can say what was planted."""


def expected_of(faults: Iterable[dict[str, Any]]) -> list[Planted]:
    """Return the exceptions that the faults' hits must have led to."""
    planted = []
    for fault in faults:
        if fault["kind"] not in EXPECTED:
            continue
        kind, sign = EXPECTED[fault["kind"]]
        planted += [
            Planted(kind, sign * int(hit["amount_minor"]), hit["reference"])
            for hit in fault["applied"]
            if int(hit["amount_minor"])
        ]
    return planted


def read_file(path: Path) -> list[Planted]:
    """
    Return what a file says was planted: either the sandbox's list of faults with their hits, or a list of `{kind, amount_minor, reference}`; also under the name `planted`.

    :raises PlantedUnknown: if it is neither.
    """
    try:
        told = json.loads(path.read_text())
        listed: list[dict[str, Any]] = told["planted"] if isinstance(told, dict) else told
        if all("applied" in one for one in listed):
            return expected_of(listed)
        return [Planted(one["kind"], int(one["amount_minor"]), one["reference"]) for one in listed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlantedUnknown(f"{path}: {error}") from error


def ask_sandbox() -> Sequence[Planted] | None:
    """
    Return what was planted at the sandbox for the merchant in scope, asked from its control API; None if it does not say.

    A merchant without an account there has nothing planted. The control key is found where the sandbox of this installation keeps it.
    """
    planted: list[Planted] = []
    for account in GatewayAccount.objects.filter(gateway="sandbox").order_by("id"):
        key = _control_key()
        if not key:
            return None
        address = str(account.config.get("base_url") or settings.SANDBOX_URL).rstrip("/")
        try:
            answer = httpx.get(
                f"{address}/control/accounts/{account.external_id}/faults",
                headers={"X-Control-Key": key},
                timeout=_ANSWER_SECONDS_MAX,
                trust_env=False,
            )
            answer.raise_for_status()
            planted += expected_of(answer.json())
        except (httpx.HTTPError, ValueError, KeyError):
            return None
    return planted


def _control_key() -> str:
    path = Path(settings.VAR_DIR) / "sandbox" / "control.key"
    try:
        return str(settings.SANDBOX_CONTROL_KEY or path.read_text().strip())
    except OSError:
        return ""
