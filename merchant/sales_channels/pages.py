"""How channels look on staff pages."""

# Kind of channel -> icon.
CHANNEL_ICONS = {
    "in_store": "store", "webshop": "globe", "app": "smartphone", "social": "users", "kiosk": "monitor", "assistant": "zap", "phone": "phone",
    "subscription": "repeat", "qr": "nfc", "device": "calculator", "link": "link", "marketplace": "tag",
}  # fmt: skip
