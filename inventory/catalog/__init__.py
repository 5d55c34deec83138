"""
Products, their variants, barcodes.

Owns what can be sold. Never knows prices, stock or orders. Start in `models.py`.
"""
