"""The life of a job."""

from merchant.core.states import StateTable

JOB = StateTable(
    what="job",
    moves={
        "queued": ("running",),
        "running": ("queued", "done", "refused", "dead", "running"),
        "done": (),
        "refused": ("queued",),
        "dead": ("queued",),
    },
)
