"""
What leaves the house: mail to customers, webhooks to the merchant's own systems.

Owns messages, endpoints, deliveries and attempts. Never decides what happened; it reports events. Start in `models.py`.
"""
