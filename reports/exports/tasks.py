"""The job that makes a file."""

from __future__ import annotations

from typing import Any

from merchant.core.jobs.services import JobRun, kind
from reports.exports import services


@kind(services.JOB)
def make_file(run: JobRun) -> dict[str, Any]:
    """Write the file; see the service."""
    return services.make_file(run)
