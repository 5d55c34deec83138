"""Index of what Celery runs for `merchant`."""

from merchant.core.jobs.tasks import run_job, tick
from merchant.merchants.tasks import seal_audit

__all__ = ["run_job", "seal_audit", "tick"]
