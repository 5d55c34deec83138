"""The card side of a simulated terminal: what it asks the sandbox processor, and what it makes of the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

Answer = dict[str, Any]

# A real terminal waits about this long for its host before it tells the till so.
TIMEOUT_SECONDS = 10.0
# The same reference is safe to repeat: the processor answers as it did the first time.
TRIES_MAX = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What the till asked the terminal for."""

    category: str
    body: dict[str, Any]

    @property
    def reference(self) -> str:
        """The till's reference, which is the processor's key as well."""
        return str(self.body["reference"])

    def with_tip(self, tip_minor: int) -> Asked:
        """Return the same with what the customer adds."""
        body = {**self.body, "amount_minor": self.body["amount_minor"] + tip_minor, "tip_minor": tip_minor}
        return Asked(self.category, body)


class Bank:
    """The processor as one terminal sees it."""

    def __init__(self, *, url: str, key: str, serial: str) -> None:
        self._url, self._key, self._serial = url.rstrip("/"), key, serial

    async def authorise(self, asked: Asked, token: str) -> Answer:
        """Ask for the money and return the answer for the till; `unreachable_host` if nobody can tell."""
        body = {
            "reference": asked.reference,
            "terminal": self._serial,
            "amount_minor": asked.body["amount_minor"],
            "currency": asked.body["currency"],
            "card": {"token": token},
            "order_reference": asked.body.get("order_reference", ""),
            "capture": asked.body.get("capture", "automatic"),
            "kind": "refund" if asked.category == "refund" else "payment",
            "moto": asked.body.get("moto") is True,
        }
        if asked.body.get("original_reference"):
            body["original_reference"] = asked.body["original_reference"]
        for _ in range(TRIES_MAX):
            response = await self._ask("POST", "/v1/terminal/authorisations", body, reference=asked.reference)
            if response is not None and response.status_code < 500:
                return answer_of(response.json(), asked) if response.is_success else _refusal(response)
            await asyncio.sleep(0.2)
        return failure("unreachable_host")

    async def settle(self, asked: Asked) -> Answer:
        """Find out what became of something begun before a power cut; what has not landed is cancelled for good."""
        path = f"/v1/operations/{quote(asked.reference, safe='')}"
        found = await self._ask("GET", path)
        if found is not None and found.is_success:
            return answer_of(found.json(), asked)
        if found is not None and found.status_code == 404:
            cancelled = await self._ask("POST", f"{path}/cancel")
            if cancelled is not None and cancelled.is_success and cancelled.json()["operation"] is None:
                return failure("aborted")
        return failure("unreachable_host")

    async def _ask(self, method: str, path: str, body: Any = None, *, reference: str = "") -> httpx.Response | None:
        headers = {"Authorization": f"Bearer {self._key}", **({"Idempotency-Key": reference} if reference else {})}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers=headers, trust_env=False) as client:
                return await client.request(method, self._url + path, json=body)
        except httpx.HTTPError:
            return None


def failure(condition: str, **more: Any) -> Answer:
    """Return the answer that says no."""
    return {"result": "failure", "error_condition": condition, **more}


def answer_of(operation: dict[str, Any], asked: Asked) -> Answer:
    """Return the till's answer for an operation of the processor."""
    status = operation["status"]
    if status == "declined":
        return failure("refusal", decline_code=operation.get("decline_code") or "")
    if status not in ("authorised", "captured", "succeeded"):
        return failure("aborted")
    card = operation.get("card") or {}
    is_less = operation["amount_minor"] < asked.body["amount_minor"]
    return {
        "result": "partial" if is_less else "success",
        "amount_minor": operation["amount_minor"],
        "tip_minor": asked.body.get("tip_minor", 0),
        "currency": operation["currency"],
        "is_captured": status == "captured",
        "gateway_reference": operation["payment_id"] if asked.category != "refund" else operation["id"],
        "card": {"brand": card.get("brand", ""), "last4": card.get("last4", "")},
        "auth_code": operation.get("auth_code") or "",
        "landed_at": operation.get("landed_at"),
        "receipt_printed": True,
    }


def _refusal(response: httpx.Response) -> Answer:
    code = (
        response.json().get("code", "")
        if response.headers.get("content-type", "").startswith("application/json")
        else ""
    )
    return (
        failure("unreachable_host")
        if code in ("in_progress", "idempotency_mismatch")
        else failure("not_allowed", decline_code=code)
    )
