"""The life of a gift card payment that a till took while it was offline."""

from merchant.core.states import StateTable

# Written off is the end also when the customer pays after all: that is a new payment.
REDEMPTION = StateTable(
    what="offline gift card",
    moves={"at_risk": ("confirmed", "written_off"), "confirmed": (), "written_off": ()},
)
