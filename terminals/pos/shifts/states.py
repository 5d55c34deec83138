"""The life of a shift."""

from merchant.core.states import StateTable

SHIFT = StateTable(what="shift", moves={"open": ("handed_over", "closed"), "handed_over": (), "closed": ()})

# What may happen to a drawer by hand. Signs are from the drawer's view; `no_sale` only opens it.
MOVEMENT_SIGNS = {"float": 1, "paid_in": 1, "paid_out": -1, "no_sale": 0, "safe_drop": -1, "over_short": 1}
# What a person at the till may ask for; the others follow from opening and counting.
ASKED_KINDS = ("safe_drop", "paid_in", "paid_out", "no_sale")
