"""The table of addresses and the ASGI application that serves it. Handlers are plain functions: commit, then answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from . import control, dispute_api, hosted, money_api, settlement_api
from .http import ApiError, Receive, Request, Response, Scope, Send, as_json, hold_and_sever, read_body, send_response
from .processor import Processor

logger = logging.getLogger("sandbox.processor")

# A handler that returns None leaves its request without an answer: the connection is held and cut.
Handler = Callable[[Processor, Request], Response | None]


def health(processor: Processor, request: Request) -> Response:
    """`GET /healthz`: the process serves and its file can be read."""
    processor.store.db.execute("SELECT 1")
    return as_json({"status": "ok"})


# Who may call: "merchant" its API key, "till" that or its terminal key, "control" the control key, "anyone" no key.
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", "/healthz", "anyone", health),
    ("POST", "/v1/payments", "merchant", money_api.create_payment),
    ("GET", "/v1/payments/{payment}", "merchant", money_api.read_payment),
    ("POST", "/v1/payments/{payment}/captures", "merchant", money_api.create_capture),
    ("POST", "/v1/payments/{payment}/increments", "merchant", money_api.create_increment),
    ("POST", "/v1/payments/{payment}/refunds", "merchant", money_api.create_refund),
    ("POST", "/v1/payments/{payment}/voids", "merchant", money_api.create_void),
    ("POST", "/v1/payments/{payment}/stored-cards", "merchant", money_api.store_card),
    ("POST", "/v1/terminal/authorisations", "till", money_api.create_terminal_authorisation),
    ("GET", "/v1/operations/{reference}", "till", money_api.read_operation),
    ("POST", "/v1/operations/{reference}/cancel", "till", money_api.cancel_operation),
    ("POST", "/v1/operations/{reference}/end", "merchant", money_api.end_operation),
    ("POST", "/v1/sessions", "merchant", hosted.create_session),
    ("GET", "/v1/sessions/{session}", "merchant", hosted.read_session),
    ("GET", "/hosted/{session}", "anyone", hosted.show_page),
    ("POST", "/hosted/{session}", "anyone", hosted.give_card),
    ("POST", "/hosted/{session}/cancel", "anyone", hosted.cancel),
    ("GET", "/hosted/{session}/challenge", "anyone", hosted.show_challenge),
    ("POST", "/hosted/{session}/challenge", "anyone", hosted.answer_challenge),
    ("GET", "/v1/disputes", "merchant", dispute_api.list_disputes),
    ("GET", "/v1/disputes/{dispute}", "merchant", dispute_api.read_dispute),
    ("POST", "/v1/disputes/{dispute}/evidence", "merchant", dispute_api.submit_evidence),
    ("POST", "/v1/disputes/{dispute}/acceptance", "merchant", dispute_api.accept_dispute),
    ("GET", "/v1/reports", "merchant", settlement_api.list_reports),
    ("GET", "/v1/reports/{name}", "merchant", settlement_api.read_report),
    ("GET", "/v1/payouts", "merchant", settlement_api.list_payouts),
    ("GET", "/v1/bank/statements", "merchant", settlement_api.list_statements),
    ("GET", "/v1/bank/statements/{date}", "merchant", settlement_api.read_statement),
    ("GET", "/v1/truth", "merchant", money_api.list_truth),
    ("GET", "/v1/truth/summary", "merchant", money_api.summarise_truth),
    ("POST", "/control/accounts", "control", control.save_account),
    ("GET", "/control/accounts/{account}", "control", control.read_account),
    ("PUT", "/control/accounts/{account}/clock", "control", control.set_clock),
    ("POST", "/control/seed", "control", control.set_seed),
    ("POST", "/control/accounts/{account}/faults", "control", control.add_faults),
    ("GET", "/control/accounts/{account}/faults", "control", control.list_faults),
    ("DELETE", "/control/accounts/{account}/faults", "control", control.remove_faults),
    ("POST", "/control/accounts/{account}/close-day", "control", control.close_day),
    ("POST", "/control/accounts/{account}/bank-entries", "control", control.add_bank_entry),
    ("POST", "/control/accounts/{account}/adjustments", "control", control.add_adjustment),
    ("POST", "/control/accounts/{account}/disputes", "control", dispute_api.open_dispute),
    ("POST", "/control/accounts/{account}/disputes/{dispute}/close", "control", dispute_api.close_dispute),
    ("POST", "/control/accounts/{account}/disputes/{dispute}/escalate", "control", dispute_api.escalate_dispute),
    ("POST", "/control/accounts/{account}/disputes/{dispute}/reopen", "control", dispute_api.reopen_dispute),
    ("GET", "/control/accounts/{account}/webhooks", "control", control.list_webhooks),
    ("POST", "/control/accounts/{account}/webhooks/replay", "control", control.replay_webhooks),
)
_COMPILED = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), access, handler)
    for method, path, access, handler in ROUTES
]


class Application:
    """The ASGI application of one processor."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's life or one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._processor.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._processor.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = self._answer(await _read_request(scope, receive))
        except ApiError as refusal:
            response = as_json(refusal.body, status=refusal.status)
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            response = as_json({"code": "internal_error", "message": "The processor failed."}, status=500)
        if scope["method"] != "GET":
            self._processor.sender.wake.set()
        if response is None:
            await hold_and_sever(scope, receive, self._processor.settings.hold_seconds)
        else:
            await send_response(send, response)

    def _answer(self, request: Request) -> Response | None:
        is_known_path = False
        for method, pattern, access, handler in _COMPILED:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            is_known_path = True
            if method == request.method:
                request.params = match.groupdict()
                self._admit(request, access)
                return handler(self._processor, request)
        if is_known_path:
            raise ApiError(405, "method_not_allowed", f"{request.method} is not served here.")
        raise ApiError(404, "not_found", "There is no such address.")

    def _admit(self, request: Request, access: str) -> None:
        """
        Set the request's account from its key.

        :raises ApiError: 401 without the key this address needs.
        """
        if access == "anyone":
            return
        if access == "control":
            if not self._processor.is_control_key(request.headers.get("x-control-key", "")):
                raise ApiError(401, "key_invalid", "The control key is missing or wrong.")
            return
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        accounts = self._processor.accounts
        account = accounts.by_api_key.get(key)
        if account is None and access == "till":
            account = accounts.by_terminal_key.get(key)
        if account is None:
            raise ApiError(401, "key_invalid", "The API key is missing or wrong.")
        request.account = account.name


async def _read_request(scope: dict[str, Any], receive: Receive) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=await read_body(receive) if scope["method"] != "GET" else b"",
    )
