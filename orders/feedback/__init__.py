"""
Owns what customers said about an order: a rating and a few words, once an order. It never changes an order and nobody edits it.

Start reading in `services.py`.
"""
