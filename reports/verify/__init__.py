"""
Proves that the books, the money, the goods and the machinery agree, and names every row that does not.

Compares only: one read-only snapshot, nothing is changed or rebuilt. Start in `services.py`; every check is a line in `checks/registry.py`.
"""
