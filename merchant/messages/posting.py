"""One signed POST to a checked address: no redirects, no proxy, a bounded answer in bounded time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx
from standardwebhooks import Webhook

from merchant.core.card_numbers import scrub
from merchant.messages import addresses

_TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=3.0)
# 15 s for everything: a receiver that drips its answer must not hold a sender.
_SECONDS_MAX = 15.0
# What is kept of an answer is shown to the person who mends the receiver; the rest is not read.
_ANSWER_BYTES_MAX = 2000


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: the exact body and every secret that must sign it."""

    url: str
    event_id: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or why nothing did."""

    http_status: int | None
    text: str
    error: str
    duration_ms: int

    @property
    def is_accepted(self) -> bool:
        """Only 2xx counts; a redirect is not followed and not accepted."""
        return self.http_status is not None and 200 <= self.http_status < 300


def post(letter: Letter, now: datetime) -> Reply:
    """Send `letter` once. Never raises for what the network or the receiver does."""
    started = time.monotonic()
    status, text, error = None, "", ""
    try:
        status, text = _exchange(letter, now, deadline=started + _SECONDS_MAX)
    except (addresses.AddressRefused, httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        error = f"{type(problem).__name__}: {problem}"[:300]
    return Reply(status, scrub(text)[:500], error, int((time.monotonic() - started) * 1000))


def signed_headers(letter: Letter, now: datetime) -> dict[str, str]:
    """Return the Standard Webhooks headers, with one signature for each secret."""
    signatures = [Webhook(secret).sign(letter.event_id, now, letter.body) for secret in letter.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Tillsyn-Webhooks/1",
        "webhook-id": letter.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _exchange(letter: Letter, now: datetime, *, deadline: float) -> tuple[int, str]:
    target = addresses.resolve(letter.url)
    host = f"[{target.host}]" if ":" in target.host else target.host
    default_port = {"https": 443, "http": 80}[target.scheme]
    headers = {**signed_headers(letter, now), "host": host if target.port == default_port else f"{host}:{target.port}"}
    ip = f"[{target.ip}]" if ":" in target.ip else target.ip
    request = _client().build_request(
        "POST", f"{target.scheme}://{ip}:{target.port}{target.path}", content=letter.body.encode(), headers=headers
    )
    # The certificate is checked against the name, although the connection goes to the address.
    request.extensions["sni_hostname"] = target.host
    response = _client().send(request, stream=True)
    try:
        kept = b""
        for part in response.iter_raw():
            kept += part
            if len(kept) >= _ANSWER_BYTES_MAX or time.monotonic() > deadline:
                break
        return response.status_code, kept[:_ANSWER_BYTES_MAX].decode("utf-8", "replace").replace("\x00", "")
    finally:
        response.close()


@cache
def _client() -> httpx.Client:
    # Connections are not kept: the next one is checked anew.
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=0)
    return httpx.Client(timeout=_TIMEOUT, limits=limits, trust_env=False, follow_redirects=False)
