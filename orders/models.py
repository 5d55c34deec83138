"""Index of the tables of `orders`."""

from orders.carry_over.models import CartHold
from orders.documents.models import Document, Sequence
from orders.fulfilment.models import Fulfilment, Pickup, Return
from orders.order.models import Order, OrderLine

__all__ = ["CartHold", "Document", "Fulfilment", "Order", "OrderLine", "Pickup", "Return", "Sequence"]
