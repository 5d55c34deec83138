"""
The inbox for processors' webhooks: verify raw bytes, store, answer, process after.

Owns stored deliveries. Never decides an outcome itself; it hands evidence to `records`. Start in `views.py`.
"""
