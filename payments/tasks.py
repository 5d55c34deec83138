"""Index of the jobs of `payments`."""

from payments.disputes import tasks as disputes
from payments.reconciliation import tasks as reconciliation
from payments.settlement import tasks as settlement

__all__ = ["disputes", "reconciliation", "settlement"]
