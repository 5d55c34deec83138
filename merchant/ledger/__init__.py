"""
The merchant's books: accounts, journals, postings, recipes, period locks.

The only writer of balances; append-only, balanced by PostgreSQL itself. Knows facts, never orders or gateways by import. Start in `models.py`.
"""
