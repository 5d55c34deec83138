"""Fees held against their contracts: what was charged, what was agreed, what to claim back."""
