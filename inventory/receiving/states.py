"""The lives of a delivery, a transfer and a count."""

from merchant.core.states import StateTable

# `closed`: less came than was expected, and nobody waits for the rest any more.
DELIVERY = StateTable(
    what="delivery",
    moves={
        "expected": ("partial", "received", "cancelled"),
        "partial": ("received", "closed"),
        "received": (),
        "closed": (),
        "cancelled": (),
    },
)
TRANSFER = StateTable(
    what="transfer",
    moves={"sent": ("partial", "received", "closed"), "partial": ("received", "closed"), "received": (), "closed": ()},
)
COUNT = StateTable(what="count", moves={"open": ("booked", "dropped"), "booked": (), "dropped": ()})
