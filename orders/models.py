"""Index of the tables of `orders`."""

from orders.carry_over.models import CartHold
from orders.documents.models import Document, DocumentPrint, Invoice, Sequence
from orders.feedback.models import Feedback
from orders.fulfilment.models import Fulfilment, Pickup, Return, Shipment
from orders.order.models import Order, OrderDiscount, OrderLine

__all__ = [
    "CartHold",
    "Document",
    "DocumentPrint",
    "Feedback",
    "Fulfilment",
    "Invoice",
    "Order",
    "OrderDiscount",
    "OrderLine",
    "Pickup",
    "Return",
    "Sequence",
    "Shipment",
]
