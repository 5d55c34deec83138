"""
Celery: wakes whoever has work. What has to be done is rows in PostgreSQL, so a lost message costs time, not work.

Every number here was chosen for that: acknowledge late, hand out one at a time, keep no results, never carry a date.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")


def broker_url(redis_url: str) -> str:
    """Return the address as Celery wants it: a Unix socket is `redis+socket://` there and `unix://` elsewhere."""
    return redis_url.replace("unix://", "redis+socket://", 1)


TICK = "merchant.core.jobs.tick"

CONFIG: dict[str, Any] = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_ignore_result": True,
    "accept_content": ["json"],
    "task_serializer": "json",
    # A message that was taken and not acknowledged for 300 s is handed out again; so no task may run that long.
    "broker_transport_options": {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    "task_time_limit": 280,
    "task_soft_time_limit": 270,
    "worker_soft_shutdown_timeout": 20,
    # The caller's row is committed already; if the broker is away the sweeper finds the row.
    "task_publish_retry_policy": {"max_retries": 1},
    "broker_connection_retry_on_startup": True,
    "worker_hijack_root_logger": False,
    "task_default_queue": "tillsyn",
    "timezone": "UTC",
    "beat_schedule": {"tick": {"task": TICK, "schedule": 10.0, "options": {"expires": 10}}},
    "beat_schedule_filename": str(settings.VAR_DIR / "run" / "beat"),
}

app = Celery("tillsyn", broker=broker_url(settings.REDIS_URL))
app.conf.update(CONFIG)
app.autodiscover_tasks()
