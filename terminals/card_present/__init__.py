"""
A card payment on a terminal, from the press of the button to the result.

Orchestrates payments and the device; owns no table. Start in `services.py`.
"""
