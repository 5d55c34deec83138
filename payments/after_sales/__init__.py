"""
Money back and goods back, each once.

Orchestrates refunds and returns; owns no table. Start in `services.py`.
"""
