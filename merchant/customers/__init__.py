"""
People and companies who buy.

Owns names, addresses, contact ways and consent; joins two records of one person and erases one. Never holds card data. Start in `services.py`.
"""
