"""
Gateways behind one interface: what we ask of a processor, and what it may answer.

Owns the interface, the registry and the merchant's accounts at processors. Never writes a payment. Start in `base.py`.
"""
