"""
People and companies who buy.

Owns names, addresses and contact ways. Never holds card data. Start in `models.py`.
"""
