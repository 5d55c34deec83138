"""
Terminal protocols, one folder each, behind the card-present interface of `payments.gateways.base`.

Never stores a payment. Start in `registry.py`.
"""
