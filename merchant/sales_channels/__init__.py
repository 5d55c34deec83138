"""
Where a sale comes from: in-store, webshop, app, link and so on.

Owns each channel's zone and cut-off and where its goods come from. Never knows a gateway. Start in `models.py`.
"""
