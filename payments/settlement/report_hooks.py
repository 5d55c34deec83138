"""
Adyen tells that a report is ready: the notice is proven by its signature, and a job fetches the file.

What is signed are the account, the kind of event and the file's name; the address is not. So only hosts on the list are asked, over TLS, for an address that
ends in the signed name, and a redirect is no answer. The name says which report it is and never where a file is written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from payments.gateways import registry
from payments.gateways.models import GatewayAccount

FETCH_ANNOUNCED_JOB = "settlement.fetch_announced_report"
EVENT = "REPORT_AVAILABLE"
_SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
# One notice holds one item as Adyen sends it; more are batches of older times.
_ITEMS_MAX = 100
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# 10 minutes: a report of 200 MB over a slow line.
_FETCH_SECONDS_MAX = 600.0


class ReportNoticeRefused(AppError):
    """The notice does not prove that it comes from the processor."""

    code = "report_notice_refused"
    status = 401
    detail = "The notice is not signed with this account's key."
    money = "Nothing was stored."
    next_step = "Check the HMAC key of the account and send it again."


class ReportAddressRefused(AppError):
    """The announced address is none this installation fetches from."""

    code = "report_address_refused"
    status = 422
    detail = "The report was not fetched: {reason}."
    money = "Nothing was stored and nothing was booked."
    next_step = "Download the report from the processor and import it, or add the host to REPORT_FETCH_HOSTS."


class ReportNotFetched(RuntimeError):
    """The processor did not give the report this time."""


@dataclass(frozen=True, slots=True)
class Announced:
    """One report that is ready: its name, and where it is said to be."""

    name: str
    url: str


def receive_notice(*, account_id: Any, body: bytes) -> int:
    """
    Put the fetching of each announced report in the queue and return how many are new. A repeated notice asks for nothing twice.

    :raises ReportNoticeRefused: if there is no such account, it has no key, or the signature does not hold.
    """
    account = GatewayAccount.across_merchants.filter(id=account_id, is_active=True).first()
    if account is None:
        raise ReportNoticeRefused()
    with acting_for(account.merchant_id):
        key = registry.access(account).secrets.get("report_hmac_key", "")
        fetched = [_enqueue(account, report) for report in _read(body, key)]
    return sum(fetched)


def _enqueue(account: GatewayAccount, report: Announced) -> bool:
    digest = hashlib.sha256(f"{report.name}\n{report.url}".encode()).hexdigest()
    key = f"{FETCH_ANNOUNCED_JOB}:{account.id}:{digest[:32]}"
    if Job.objects.filter(dedup_key=key).exists():
        return False
    payload = {"gateway_account_id": str(account.id), "url": report.url, "name": report.name}
    jobs.enqueue(FETCH_ANNOUNCED_JOB, dedup_key=key, payload=payload)
    return True


def _read(body: bytes, key: str) -> Iterator[Announced]:
    """Yield the reports that a notice announces; other events are none of ours. All items must be signed."""
    try:
        items = [one["NotificationRequestItem"] for one in json.loads(body)["notificationItems"][:_ITEMS_MAX]]
        events = [(item, item["additionalData"]["hmacSignature"]) for item in items]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ReportNoticeRefused() from None
    for item, signature in events:
        if not _is_signed(item, signature, key):
            raise ReportNoticeRefused()
    for item, _signature in events:
        if item.get("eventCode") == EVENT and str(item.get("success")).lower() == "true":
            announced = Announced(str(item["pspReference"])[:200], str(item.get("reason", ""))[:2000])
            if not f"{announced.name}{announced.url}".isprintable():
                raise ReportNoticeRefused()
            yield announced


def _is_signed(item: dict[str, Any], signature: object, key: str) -> bool:
    amount = item.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    parts = [item.get(name) or "" for name in _SIGNED]
    parts += [amount.get("value", ""), amount.get("currency", ""), item.get("eventCode", ""), item.get("success", "")]
    try:
        secret = binascii.unhexlify(key)
    except (ValueError, TypeError):
        return False
    if not secret:
        return False
    text = ":".join(str(part) for part in parts).encode(errors="replace")
    expected = base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest())
    return hmac.compare_digest(expected, str(signature).encode(errors="replace"))


def fetch_pieces(*, account: GatewayAccount, url: str, name: str) -> Iterator[bytes]:
    """
    Yield the bytes of an announced report.

    :raises ReportAddressRefused: if the address is not one we ask, leads elsewhere, or gives more than an import may be long.
    :raises ReportNotFetched: if the processor does not answer now.
    """
    demand_allowed(url, name)
    headers = {"x-api-key": registry.access(account).secrets.get("report_api_key", "")}
    taken, deadline = 0, time.monotonic() + _FETCH_SECONDS_MAX
    try:
        with _client() as client, client.stream("GET", url, headers=headers) as answer:
            _demand_given(answer)
            for piece in answer.iter_bytes(1 << 16):
                taken += len(piece)
                if taken > settings.UPLOAD_BYTES_MAX:
                    raise ReportAddressRefused(
                        reason=_("it is longer than {number} bytes").format(number=settings.UPLOAD_BYTES_MAX)
                    )
                if time.monotonic() > deadline:
                    raise ReportNotFetched("the processor sends too slowly")
                yield piece
    except httpx.HTTPError as fault:
        raise ReportNotFetched(f"the processor does not answer: {type(fault).__name__}") from fault


def demand_allowed(url: str, name: str) -> None:
    """:raises ReportAddressRefused: unless `url` is TLS to a host on the list, without credentials or another port, and ends in the signed name."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ReportAddressRefused(reason=_("its address is none")) from None
    if parts.scheme != "https" or port not in (None, 443) or parts.username or parts.password:
        raise ReportAddressRefused(reason=_("its address is no plain https address"))
    if (parts.hostname or "") not in settings.REPORT_FETCH_HOSTS:
        raise ReportAddressRefused(
            reason=_("the host {host!r} is not in REPORT_FETCH_HOSTS").format(host=(parts.hostname or "")[:80])
        )
    if not name or unquote(parts.path).rpartition("/")[2] != name:
        raise ReportAddressRefused(reason=_("its address is not that of the report that was signed"))


def _demand_given(answer: httpx.Response) -> None:
    if answer.status_code == 200:
        return
    if answer.is_redirect:
        raise ReportAddressRefused(reason=_("its address leads to another one"))
    if answer.status_code in (401, 403, 404, 410):
        raise ReportAddressRefused(reason=_("the processor answered {status}").format(status=answer.status_code))
    raise ReportNotFetched(f"the processor answered {answer.status_code}")


def _client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)
