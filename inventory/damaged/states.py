"""The life of damaged goods: they wait, then one decision holds."""

from merchant.core.states import StateTable

DAMAGED = StateTable(
    what="damaged goods",
    moves={"waiting": ("written_off", "back"), "written_off": (), "back": ()},
)
