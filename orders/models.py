"""Index of the tables of `orders`."""

from orders.carry_over.models import CartHold
from orders.documents.models import Document, DocumentPrint, Invoice, Sequence
from orders.fulfilment.models import Fulfilment, Pickup, Return
from orders.order.models import Order, OrderDiscount, OrderLine

__all__ = [
    "CartHold",
    "Document",
    "DocumentPrint",
    "Fulfilment",
    "Invoice",
    "Order",
    "OrderDiscount",
    "OrderLine",
    "Pickup",
    "Return",
    "Sequence",
]
