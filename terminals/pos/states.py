"""The life of a sale that a till made while it was offline, as the server sees it."""

from merchant.core.states import StateTable

OFFLINE_SALE = StateTable(what="offline sale", moves={"refused": ("landed",), "landed": ()})
