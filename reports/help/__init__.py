"""
Guides for staff, read from `docs/guides/` and shown in the product.

Owns nothing else and writes nothing. Start in `guides.py`.
"""
