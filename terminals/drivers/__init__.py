"""
Terminal protocols, one folder each, behind the card-present interface of `payments.gateways.base`.

Owns the messages to and from terminals, as rows. Never stores a payment. Start in `registry.py`.
"""
