"""
From an empty installation to the first sale: the first merchant and owner, the steps that tick themselves, a test payment, a business to look at.

Owns these pages; all it writes is written by the slices below. Start in `services.py`.
"""
