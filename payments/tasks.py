"""Index of the jobs of `payments`."""

from payments.after_sales import tasks as after_sales
from payments.disputes import tasks as disputes
from payments.reconciliation import tasks as reconciliation
from payments.settlement import tasks as settlement

__all__ = ["after_sales", "disputes", "reconciliation", "settlement"]
