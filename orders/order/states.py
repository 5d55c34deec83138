"""The life of an order: what was agreed, and how far it was handed over."""

from merchant.core.states import StateTable

ORDER = StateTable(
    what="order",
    moves={"draft": ("open", "cancelled"), "open": ("completed", "cancelled"), "completed": (), "cancelled": ()},
)
FULFILMENT = StateTable(
    what="order",
    moves={
        "unfulfilled": ("partial", "fulfilled"),
        "partial": ("fulfilled",),
        "fulfilled": (),
    },
)
