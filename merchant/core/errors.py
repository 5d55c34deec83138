"""
Expected refusals, and the one place where they become REST answers.

A refusal is a class beside the function that raises it. It says what did not happen, what that means for the money and
what to do next; `code` never changes once published.
"""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext, gettext_noop, override
from django.views import defaults
from rest_framework import exceptions as rest

from merchant.core.ids import readable_code
from merchant.core.telling import tell

logger = logging.getLogger(__name__)

# Pages of people who have no back office to go to.
_SHOPPERS_PATHS = ("/pay/", "/o/", "/r/")
_SAFE = ("GET", "HEAD", "OPTIONS")

NO_MONEY_MOVED = gettext_noop("No money was moved.")


class AppError(Exception):
    """
    An anticipated refusal. Subclasses set the class attributes, in English; `data` fills the braces in `detail`, `money` and `next_step`.

    `data` is what programs read: states by their names, amounts as `_minor` beside `currency`; `tell` words them. A `reason` among it is a
    sentence and is made in the language of the request. `field` is the input of a form it is always about.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = HTTPStatus.CONFLICT
    detail: ClassVar[str] = gettext_noop("The request was refused.")
    money: str = NO_MONEY_MOVED
    next_step: str = ""
    field: ClassVar[str] = ""
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, **data: Any) -> None:
        self.data = data
        self.money = tell(self.money, data)
        self.next_step = tell(self.next_step, data)
        with override("en"):
            super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence for a person, in the language of the request. `str()` of a refusal is for logs and stays English."""
        return tell(self.detail, self.data)


class NotFound(AppError):
    """The object does not exist, or belongs to somebody else: the answer is the same."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    detail = "There is no such object."


class Invalid(AppError):
    """The request cannot be understood. `errors` maps field to sentences."""

    code = "invalid_request"
    status = HTTPStatus.BAD_REQUEST
    detail = "The request is not valid: {reason}"
    next_step = "Correct the request and send it again."


def in_words(error: BaseException, *, length_max: int) -> str:
    """Return what to store of an error: its name and text, without the NUL that PostgreSQL refuses."""
    return f"{type(error).__name__}: {error}".replace("\x00", "")[:length_max]


def problem(
    *, status: int, code: str, detail: str, money: str = NO_MONEY_MOVED, next_step: str = "", **extra: Any
) -> dict[str, Any]:
    """
    Return the RFC 9457 document: type, title, status, detail, and our `code`, `money`, `next_step`.

    What is said comes in the language of the request already; `money` may be the English of `NO_MONEY_MOVED`.
    """
    return {
        "type": f"https://tillsyn.org/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "money": gettext(money),
        "next_step": next_step,
        **extra,
    }


def problem_response(document: dict[str, Any], *, retry_after_seconds: int | None = None) -> JsonResponse:
    """Return `document` with its own content type and status."""
    response = JsonResponse(document, status=document["status"], content_type="application/problem+json")
    if retry_after_seconds is not None:
        response["Retry-After"] = str(retry_after_seconds)
    return response


def error_response(error: AppError) -> JsonResponse:
    """Return the REST answer of a refusal."""
    document = problem(
        status=error.status, code=error.code, detail=error.message, money=error.money, next_step=error.next_step
    )
    data = {key: plain(value) for key, value in error.data.items()}
    return problem_response(
        {**document, "data": data} if data else document, retry_after_seconds=error.retry_after_seconds
    )


def rest_exception_handler(exc: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """Turn whatever a REST view raised into a problem document; what is not anticipated stays a 500."""
    if isinstance(exc, AppError):
        return error_response(exc)
    if isinstance(exc, Http404):
        return error_response(NotFound())
    if isinstance(exc, PermissionDenied):
        exc = rest.PermissionDenied()
    if isinstance(exc, rest.ValidationError):
        document = problem(
            status=400,
            code="invalid_request",
            detail=gettext("Some fields are not valid."),
            errors=plain(exc.detail),
            next_step=gettext("Correct the fields named in `errors` and send the request again."),
        )
        return problem_response(document)
    if isinstance(exc, rest.APIException):
        return _framework_refusal(exc)
    if isinstance(exc, DataError) and getattr(exc.__cause__, "sqlstate", "") == _OUT_OF_RANGE:
        return error_response(
            Invalid(reason=gettext("an amount, or what several come to, is larger than can be stored"))
        )
    if is_database_away(exc):
        # One line each: while it is away every request comes here, and it needs the processor to come back.
        logger.error("database unavailable: %s", " ".join(in_words(exc, length_max=_WORDS_LENGTH_MAX).split()))
        return database_unavailable()
    return None


_WORDS_LENGTH_MAX = 300
# PostgreSQL: a number beyond its column.
_OUT_OF_RANGE = "22003"
# PostgreSQL stands in for another server, or was told to take no writes for a while.
_READ_ONLY = "25006"


def is_database_away(error: BaseException) -> bool:
    """Whether `error` says that the database does not answer, or takes nothing, for now."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, InternalError) and getattr(error.__cause__, "sqlstate", "") == _READ_ONLY


def database_unavailable() -> JsonResponse:
    """Return 503: nothing was stored, the same request may be sent again."""
    document = problem(
        status=503,
        code="database_unavailable",
        detail=gettext("The database does not answer right now."),
        money=gettext(
            "Nothing was stored by this request unless a repeat with the same Idempotency-Key says otherwise."
        ),
        next_step=gettext("Send the same request with the same Idempotency-Key again."),
    )
    return problem_response(document, retry_after_seconds=2)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 400 of a request Django itself refuses: a problem document for REST, a page for people."""
    if not _is_rest(request):
        return defaults.bad_request(request, exception)
    return problem_response(problem(status=400, code="invalid_request", detail=gettext("The request cannot be read.")))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 404 for a path without a route: a problem document for REST, a page for people."""
    return error_response(NotFound()) if _is_rest(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """
    Return the 500 for what nobody anticipated: a problem document for REST, a page for people. Both name a reference that stands in the log.

    A page that found no database is a 503. It says that nothing was stored where nothing was to be: a database that went away at the commit may have done it.
    """
    error = sys.exc_info()[1]
    reference = readable_code(10)
    logger.error("reference %s: %s", reference, type(error).__name__)
    if not _is_rest(request):
        is_offline = isinstance(error, OperationalError | InterfaceError)
        context = {
            "request_id": reference,
            "is_shopper": request.path.startswith(_SHOPPERS_PATHS),
            "is_unsure": request.method not in _SAFE,
        }
        page = loader.render_to_string("503.html" if is_offline else "500.html", context)
        return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE if is_offline else 500)
    document = problem(
        status=500,
        code="server_error",
        detail=gettext("Something went wrong here; it was logged."),
        money=gettext("Unless a repeat says otherwise, nothing was stored by this request."),
        next_step=gettext("Send the same request with the same Idempotency-Key again."),
        reference=reference,
    )
    return problem_response(document)


def _is_rest(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _framework_refusal(exc: rest.APIException) -> JsonResponse:
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else "invalid_request"
    response = problem_response(problem(status=exc.status_code, code=code, detail=str(exc.detail)))
    if (challenge := getattr(exc, "auth_header", None)) is not None:
        response["WWW-Authenticate"] = challenge
    if (wait := getattr(exc, "wait", None)) is not None:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def plain(value: Any) -> Any:
    """Return `value` as JSON takes it: what is no number and no truth as its text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)
