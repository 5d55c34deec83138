"""
Customer service: one page about a person over all channels, and what the law lets them ask for.

Reads what every slice holds of a customer; writes through `merchant.customers` alone. Never moves money. Start in `queries.py`.
"""
