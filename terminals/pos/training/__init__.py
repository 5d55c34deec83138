"""
A till in training: sales that are only practised. Prices are real; stock, money, books, receipts' numbers and the drawer are not touched.

Writes its own table and nothing else, so nothing of it can be counted anywhere: docs/decisions/0008-training.md. Start in `services.py`.
"""
