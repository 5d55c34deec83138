"""Index of what Celery runs for `merchant`."""

from merchant.core.jobs.tasks import run_job, tick

__all__ = ["run_job", "tick"]
