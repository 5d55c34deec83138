"""
Paying without a till: REST checkout, the hosted page, payment links and QR codes.

Owns links and their tokens. Card data never comes here; it goes from the shopper to the gateway. Start in `services.py`.
"""
