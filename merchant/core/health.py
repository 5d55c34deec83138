"""For operators and their load balancers: is the process alive, can it work, and what does it count."""

from __future__ import annotations

import logging
import os

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

logger = logging.getLogger(__name__)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. It asks nobody else, so a lost database does not get the process killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """
    Say whether sales can be taken: PostgreSQL answers. Valkey is told and does not count, because without it
    screens go quiet and sales go on.
    """
    database = _database_answers()
    answer = {"ready": database, "database": database, "valkey": _valkey_answers()}
    return JsonResponse(answer, status=200 if database else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the counters of all web processes, to this host alone; through a proxy the outer address counts."""
    if request.META.get("REMOTE_ADDR") not in ("127.0.0.1", "::1", "", None):
        return HttpResponseNotFound()
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.warning("the database does not answer", exc_info=True)
        return False
    return True


def _valkey_answers() -> bool:
    try:
        cache.set("readyz", 1, timeout=10)
        return bool(cache.get("readyz") == 1)
    except Exception:
        # Every client library has errors of its own here, and all of them mean the same.
        return False


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
