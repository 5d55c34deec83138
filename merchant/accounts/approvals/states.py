"""The life of an approval: it is used once, within a quarter of an hour."""

from merchant.core.states import StateTable

APPROVAL = StateTable(
    what="approval",
    moves={
        "asked": ("granted", "refused", "expired"),
        "granted": ("used", "expired"),
        "refused": (),
        "expired": (),
        "used": (),
    },
)
OPEN_APPROVAL = ["asked", "granted"]
