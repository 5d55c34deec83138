"""Index of the tables of `inventory`."""

from inventory.catalog.models import Barcode, Product, TaxClass, Variant
from inventory.damaged.models import DamagedGoods
from inventory.pricing.models import Coupon, CouponUse, ListPrice, Price, PriceList, Promotion, TaxRate
from inventory.receiving.models import CountLine, Delivery, DeliveryLine, StockCount, Transfer, TransferLine
from inventory.stock.models import Reservation, SafetyStock, StockLevel, StockMovement

__all__ = [
    "Barcode",
    "CountLine",
    "Coupon",
    "CouponUse",
    "DamagedGoods",
    "Delivery",
    "DeliveryLine",
    "ListPrice",
    "Price",
    "PriceList",
    "Product",
    "Promotion",
    "Reservation",
    "SafetyStock",
    "StockCount",
    "StockLevel",
    "StockMovement",
    "TaxClass",
    "TaxRate",
    "Transfer",
    "TransferLine",
    "Variant",
]
