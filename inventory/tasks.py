"""Index of the jobs of `inventory`."""

from inventory.products import tasks as products

__all__ = ["products"]
