"""The life of a message and of a webhook delivery."""

from merchant.core.states import StateTable

DELIVERY = StateTable(
    what="delivery",
    moves={"pending": ("delivered", "failed", "pending"), "delivered": ("pending",), "failed": ("pending",)},
)
