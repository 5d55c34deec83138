"""The life of a reservation."""

from merchant.core.states import StateTable

RESERVATION = StateTable(
    what="reservation",
    moves={"held": ("taken", "released", "expired"), "taken": (), "released": (), "expired": ()},
)
