"""Tells tablets, webshops and pages that an order changed hands, is to be picked, is ready or was collected: what one channel does the others see."""

from __future__ import annotations

from uuid import UUID

from merchant.core.outbox import screens
from merchant.core.outbox.services import Event
from orders.order.models import Order

TOPICS = ("order.changed", "order.cancelled")
PICKUP_TOPICS = ("order.to_pick", "order.ready", "order.collected")


def tell_order(event: Event) -> None:
    """Send what happened to everybody who follows the order, and to the store it is at."""
    order_id = UUID(event.payload["order_id"])
    known = Order.objects.filter(id=order_id).values("store_id", "status", "version", "fulfilment_status").first()
    if known is None:
        return
    told = {
        "kind": event.topic,
        "order_id": str(order_id),
        "status": known["status"],
        "version": known["version"],
        "fulfilment_status": known["fulfilment_status"],
    }
    screens.push(event.merchant_id, f"order:{order_id}", event=told, store_id=known["store_id"])


def tell_board(event: Event) -> None:
    """Tell the boards of the store, and its tablets, that its pick-ups changed."""
    store_id = UUID(event.payload["store_id"])
    told = {"kind": event.topic, **{name: event.payload[name] for name in ("order_id", "pickup_id", "status")}}
    screens.push(event.merchant_id, f"store:{store_id}:orders", event=told, store_id=store_id)
    screens.push(event.merchant_id, screens.merchant_topic("orders:board"), event=told, store_id=store_id)
    screens.push(event.merchant_id, f"order:{event.payload['order_id']}", event=told, store_id=store_id)
