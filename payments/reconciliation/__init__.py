"""
Orders ↔ processor reports ↔ bank: statements in, matches found, exceptions named.

Owns bank accounts, statements, matches and exceptions. Never guesses: ambiguity is an exception. Start in `services.reconcile`.
"""
