"""
Who may do what, where: staff, roles, sign-in, API keys and device tokens.

Owns the access table. Never stores a secret in clear. Start in `access.py`, then `models.py`.
"""
