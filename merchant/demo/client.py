"""A polite client of the REST API: every act has a key, is repeated with the same key when the line fails, and knows a refusal from a failure."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

# A server that is being restarted is back within a minute; who acts for money waits that long and repeats the same request.
TRIES_MAX = 20
RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 5.0
ANSWER_SECONDS_MAX = 30.0
# "Not now" in its several forms: being worked on, too fast, being restarted.
_AGAIN = (429, 502, 503, 504)
_BEING_DONE = ("request_in_flight", "in_flight", "in_progress", "request_in_progress")


class Refused(Exception):
    """The server understood and said no."""

    def __init__(self, response: httpx.Response) -> None:
        is_problem = "json" in response.headers.get("content-type", "")
        self.document: dict[str, Any] = response.json() if is_problem else {}
        self.status, self.code = response.status_code, str(self.document.get("code", ""))
        words = str(self.document.get("detail") or self.document.get("message") or "")[:300]
        super().__init__(f"{response.request.method} {response.request.url.path}: {self.status} {self.code} {words}")


class Unreachable(Exception):
    """Nobody answered, however often we asked."""


@dataclass(slots=True)
class Traffic:
    """How much goes on at once: clients in the middle of their story, and requests without an answer yet."""

    clients: int = 0
    clients_peak: int = 0
    requests: int = 0
    requests_peak: int = 0
    requests_total: int = 0

    def client_came(self) -> None:
        """Count a client in."""
        self.clients += 1
        self.clients_peak = max(self.clients_peak, self.clients)

    def client_left(self) -> None:
        """Count a client out."""
        self.clients -= 1

    def request_began(self) -> None:
        """Count a request in."""
        self.requests += 1
        self.requests_total += 1
        self.requests_peak = max(self.requests_peak, self.requests)

    def request_ended(self) -> None:
        """Count a request out."""
        self.requests -= 1


class Api:
    """The REST API as one caller sees it. `authorization` is the header's whole value; "" for none."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        authorization: str = "",
        traffic: Traffic | None = None,
        **headers: str,
    ) -> None:
        self._http, self._base_url = http, base_url.rstrip("/")
        self._headers = {**headers, **({"Authorization": authorization} if authorization else {})}
        self.traffic = traffic or Traffic()

    async def get(self, path: str) -> Any:
        """Return the document at `path`. :raises Refused, Unreachable: when there is none."""
        return (await self.send("GET", path)).json()

    async def act(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        """Post `body` once, however often the line fails, and return the answer. :raises Refused, Unreachable: when it was not done."""
        return (await self.send("POST", path, body, key=key or str(uuid.uuid4()))).json()

    async def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str = ""
    ) -> httpx.Response:
        """Send until there is an answer that means something. :raises Refused, Unreachable: otherwise."""
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        wait = RETRY_SECONDS_FIRST
        for _ in range(TRIES_MAX):
            response = await self._once(method, path, body, headers)
            if response is not None and not _shall_be_repeated(response):
                if response.is_success:
                    return response
                raise Refused(response)
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        raise Unreachable(f"{method} {path}")

    async def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response | None:
        self.traffic.request_began()
        try:
            return await self._http.request(method, self._base_url + path, json=body, headers=headers)
        except httpx.TransportError:
            return None
        finally:
            self.traffic.request_ended()


def open_http(*, connections: int = 100) -> httpx.AsyncClient:
    """Return the connections that all callers of a program share."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, limits=limits, trust_env=False)


def _shall_be_repeated(response: httpx.Response) -> bool:
    if response.status_code in _AGAIN:
        return True
    return response.status_code == 409 and Refused(response).code in _BEING_DONE
