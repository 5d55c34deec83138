"""
The control API of demo merchants, below /demo/.

Not part of the product's REST: without `DEMO_CONTROL` every path here is a 404. `X-Demo-Key` must be the installation's own key.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.jobs.models import Job
from reports.demo import queries, serializers, services
from reports.demo.wishes import Wish


class DemoKeyWrong(AppError):
    """The caller does not know the installation's key."""

    code = "demo_key_wrong"
    status = 403
    detail = "X-Demo-Key is not the key of this installation."
    next_step = "Read it from var/secrets/demo-control.key."


class HasDemoKey(BasePermission):
    """Hides everything unless the installation is a demo; then asks for its key."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse by raising: 404 when off, 403 for a wrong key."""
        if not settings.DEMO_CONTROL:
            raise NotFound()
        given = request.headers.get("X-Demo-Key", "")
        if not hmac.compare_digest(given.encode(), settings.DEMO_CONTROL_KEY.encode()):
            raise DemoKeyWrong()
        return True


class DemoView(APIView):
    """A view of the control API."""

    authentication_classes: list[Any] = []
    permission_classes = [HasDemoKey]


@extend_schema(exclude=True)
class MerchantsView(DemoView):
    """Demo merchants."""

    def post(self, request: Request) -> Response:
        """Make a merchant of the caller's own and return all its secrets, this once."""
        given = serializers.WishInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        now = wanted.pop("now") or machine_now()
        domain = f"demo-{secrets.token_hex(4)}.example"
        return Response(services.make_merchant(wish=Wish(**wanted), domain=domain, now=now), status=201)


@extend_schema(exclude=True)
class MerchantView(DemoView):
    """One demo merchant."""

    def get(self, request: Request, merchant_id: UUID) -> Response:
        """Return its time and what is unfinished."""
        services.get_account(merchant_id)
        return Response(queries.state_of(merchant_id))


@extend_schema(exclude=True)
class ClockView(DemoView):
    """A demo merchant's time of day."""

    def put(self, request: Request, merchant_id: UUID) -> Response:
        """Move it, and the processor's with it."""
        given = serializers.ClockInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.move_clock(merchant_id=merchant_id, to=given.validated_data["now"])
        return Response(queries.state_of(merchant_id))


@extend_schema(exclude=True)
class RunView(DemoView):
    """Scheduled work, asked for now."""

    def post(self, request: Request, merchant_id: UUID) -> Response:
        """Put it in the queue."""
        given = serializers.RunInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.run_now(merchant_id=merchant_id, what=given.validated_data["what"])
        return Response({"jobs": [queries.job_output(job) for job in made]}, status=202)


@extend_schema(exclude=True)
class JobView(DemoView):
    """One piece of work."""

    def get(self, request: Request, merchant_id: UUID, job_id: UUID) -> Response:
        """Return how far it is."""
        services.get_account(merchant_id)
        job = Job.across_merchants.filter(merchant_id=merchant_id, id=job_id).first()
        if job is None:
            raise NotFound()
        return Response(queries.job_output(job))
