"""What Celery runs: an id in, nothing out."""

from uuid import UUID

from celery import shared_task

from merchant.core.jobs import schedule, services


@shared_task(name="merchant.core.jobs.run_job")
def run_job(job_id: str) -> None:
    """Run the job if it is still free. Delivered twice or never, nothing is lost: the row decides."""
    services.run(UUID(job_id))


@shared_task(name="merchant.core.jobs.tick")
def tick() -> None:
    """Insert the jobs that came due. Sent by beat every 10 seconds; any number of beats may send it."""
    schedule.tick()
