"""
How a REST request says who it is: a device token, an API key, or a staff session with its CSRF token.

Each sets `request.auth` to a `Caller`. `MerchantView` then works for the caller's merchant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from merchant.accounts import callers
from merchant.accounts.models import StaffMember, User
from merchant.core.callers import Caller
from merchant.core.errors import AppError
from merchant.merchants.queries import list_put_away

__all__ = ["ApiKeyAuthentication", "Caller", "DeviceAuthentication", "StaffSessionAuthentication"]

# The merchant a person with several works for now.
SESSION_MERCHANT = "merchant_id"


class SecondFactorMissing(AppError):
    """The person's role needs a second factor and there is none yet."""

    code = "second_factor_missing"
    status = 403
    detail = "Your role needs a second factor."
    next_step = "Set up an authenticator app or a passkey under /accounts/2fa/ and try again."


class TokenAuthentication(BaseAuthentication):
    """A secret in the Authorization header after its scheme word. Subclasses name the word and find the caller."""

    scheme = ""
    find: Callable[[str], Caller | None]

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Return the caller, or None if the header speaks of another scheme."""
        scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != self.scheme.lower():
            return None
        caller = type(self).find(token.strip())
        if caller is None:
            raise exceptions.AuthenticationFailed(
                _("This token does not exist, has expired or was revoked."), code="token_refused"
            )
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return f'{self.scheme} realm="Tillsyn"'


class DeviceAuthentication(TokenAuthentication):
    """`Authorization: Device tsd_…`, a paired tablet."""

    scheme = "Device"
    find = staticmethod(callers.find_device)


class ApiKeyAuthentication(TokenAuthentication):
    """`Authorization: Bearer tsk_…`, a webshop or partner."""

    scheme = "Bearer"
    find = staticmethod(callers.find_api_key)


class StaffSessionAuthentication(BaseAuthentication):
    """The session of a person in the back office. Unsafe methods need the CSRF token; roles with rights need a second factor."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the person and what they are to the merchant they work for."""
        plain = request._request
        user = getattr(plain, "user", None)
        if user is None or not user.is_active or isinstance(user, AnonymousUser):
            return None
        _require_csrf(plain)
        caller = staff_caller(plain)
        if caller is None:
            raise exceptions.PermissionDenied(_("You do not work for a merchant."), code="no_merchant")
        if caller.is_second_factor_missing:
            raise SecondFactorMissing()
        return user, caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return 'Session realm="Tillsyn"'


def staff_caller(request: HttpRequest) -> Caller | None:
    """Return who the signed-in person is for the merchant chosen in the session, or for their only one. None if not chosen or not staff."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    chosen = request.session.get(SESSION_MERCHANT)
    if chosen is None:
        merchants = list_merchants(user)
        if len(merchants) != 1:
            return None
        chosen = request.session[SESSION_MERCHANT] = str(merchants[0])
    return callers.find_staff(user, UUID(chosen))


def list_merchants(user: User) -> list[UUID]:
    """Return the merchants a person works for, the oldest membership first; without those that were put away."""
    rows = StaffMember.across_merchants.filter(user_id=user.pk, is_active=True)
    rows = rows.exclude(merchant_id__in=list_put_away())
    return list(rows.order_by("created_at", "id").values_list("merchant_id", flat=True))


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:  # type: ignore[override]
        return reason


def _require_csrf(request: HttpRequest) -> None:
    check = _CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda request: HttpResponse(), (), {})
    if reason:
        raise exceptions.PermissionDenied(f"CSRF: {reason}", code="csrf_failed")
