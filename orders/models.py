"""Index of the tables of `orders`."""

from orders.documents.models import Document, Sequence
from orders.fulfilment.models import Fulfilment, Return
from orders.order.models import Order, OrderLine

__all__ = ["Document", "Fulfilment", "Order", "OrderLine", "Return", "Sequence"]
