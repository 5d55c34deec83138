"""Index of the jobs of `payments`."""

from payments.reconciliation import tasks as reconciliation
from payments.settlement import tasks as settlement

__all__ = ["reconciliation", "settlement"]
