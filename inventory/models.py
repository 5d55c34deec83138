"""Index of the tables of `inventory`."""

from inventory.catalog.models import Barcode, Product, TaxClass, Variant
from inventory.pricing.models import Price, Promotion, TaxRate
from inventory.stock.models import Reservation, StockLevel, StockMovement

__all__ = [
    "Barcode",
    "Price",
    "Product",
    "Promotion",
    "Reservation",
    "StockLevel",
    "StockMovement",
    "TaxClass",
    "TaxRate",
    "Variant",
]
