"""The life of a pick-up."""

from merchant.core.states import StateTable

# `returned`: nobody came in time; the goods are for sale again and the money goes back.
PICKUP = StateTable(
    what="pickup",
    moves={
        "waiting": ("ready", "collected", "cancelled"),
        "ready": ("collected", "returned", "cancelled"),
        "collected": (),
        "returned": (),
        "cancelled": (),
    },
)
