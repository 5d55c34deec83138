"""
The ground of every REST view of a merchant: who is calling, for which merchant, and with which right.

Authentication itself is `merchant.accounts.authentication`, named in the settings, so that slices below accounts have REST views too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from merchant.core.callers import NEEDS_RECENT_SIGN_IN, SIGNED_IN, Caller, TillInTraining
from merchant.core.errors import AppError, NotFound
from merchant.core.filters import FilterReader
from merchant.core.idempotency.api import ActOnceView
from merchant.core.limits import CallerThrottle
from merchant.core.pagination import page
from merchant.core.tenancy import acting_for


class RightMissing(AppError):
    """The caller is known and may not do this."""

    code = "right_missing"
    status = 403
    detail = "You may not do this: the right '{right}' is missing."
    next_step = "Ask an owner for the right, or use a key with the scope that gives it."


class RecentSignInNeeded(AppError):
    """The right is a sensitive one and the person signed in too long ago."""

    code = "recent_sign_in_needed"
    status = 403
    detail = "This needs you to prove again who you are."
    next_step = "Confirm your password or second factor at /accounts/reauthenticate/ and send the request again."


class HasRight(BasePermission):
    """Let through who has the right the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse by raising, so that the answer names the right."""
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        right = view.right_for(request.method)
        if not caller.has_right(right):
            raise RightMissing(right=right)
        is_sensitive = right in NEEDS_RECENT_SIGN_IN and caller.kind == "staff" and request.method not in SAFE_METHODS
        if is_sensitive and not request._request.is_signed_in_recently():  # type: ignore[attr-defined]
            raise RecentSignInNeeded()
        register = caller.register
        if register is not None and register.is_training and request.method not in SAFE_METHODS and not view.practises:
            raise TillInTraining(register=register.register_name)
        return True


class MerchantView(APIView):
    """
    A REST view that works for the caller's merchant.

    Subclasses name `right`, one for all methods or one per method; `merchant/accounts/routes.py` lists the same. `self.caller` is who calls. The whole view
    runs inside `acting_for(caller.merchant_id, caller.actor)`.
    """

    permission_classes = [HasRight]
    throttle_classes = [CallerThrottle]
    right: ClassVar[str | Mapping[str, str]] = ""
    # Whether a till in training may write here: the view practises, or writes nothing that anybody counts.
    practises: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the request; the scope ends with it."""
        with ExitStack() as self.scope:
            return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find the caller and work for its merchant from here on."""
        super().perform_authentication(request)
        if isinstance(request.auth, Caller):
            self.scope.enter_context(acting_for(request.auth.merchant_id, request.auth.actor))

    @property
    def caller(self) -> Caller:
        """Who calls."""
        caller = self.request.auth
        assert isinstance(caller, Caller)
        return caller

    @classmethod
    def right_for(cls, method: str | None) -> str:
        """Return the right that `method` needs."""
        if method == "OPTIONS":
            return SIGNED_IN
        if isinstance(cls.right, str):
            return cls.right
        asked = "GET" if method == "HEAD" else method or "GET"
        # What the view does not answer to is refused after this, as 405.
        return cls.right[asked] if hasattr(cls, asked.lower()) else SIGNED_IN


class MerchantListView(MerchantView):
    """
    A page of the merchant's rows, newest first; `after` and `before` page on. Subclasses write `rows` and `output`, and name `right`.

    A list is never quietly wider, or in another order, than was asked for: what is not among `filters` is refused.
    """

    filters: ClassVar[Collection[str]] = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Return a page, newest first."""
        FilterReader(request.query_params, known=self.filters)
        found = page(self.rows(), after=request.query_params.get("after"), before=request.query_params.get("before"))
        data = [self.output(row) for row in found.rows]
        return Response({"data": data, "older": found.older, "newer": found.newer})

    def rows(self) -> QuerySet[Any]:
        """Return what is to be paged, in no order."""
        raise NotImplementedError

    def output(self, row: Any) -> dict[str, Any]:
        """Return one row as it is shown."""
        raise NotImplementedError


class MerchantActView(MerchantView, ActOnceView):
    """A POST that acts once per Idempotency-Key for the caller's merchant. Subclasses write `act` and name `right`."""


def require_store(caller: Caller, store_id: UUID | None) -> None:
    """
    Refuse what belongs to a store the caller may not touch, as if it did not exist.

    :raises NotFound: if it is another's store.
    """
    if not caller.may_use_store(store_id):
        raise NotFound()


def valid(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what the body holds, as `serializer_class` reads it. :raises ValidationError: naming each field that is wrong."""
    data: dict[str, Any] = _reader(serializer_class, get_language()).run_validation(request.data)
    return data


@cache
def _reader(serializer_class: type[Serializer[Any]], language: str | None) -> Serializer[Any]:
    """
    One instance a process and language: copying every field for each request cost a tenth of a sale.

    A field keeps the sentence of its limit as it was said first, so each language has its own.
    """
    return serializer_class()
