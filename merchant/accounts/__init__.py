"""
Who may do what, where: staff, roles, sign-in, API keys and device tokens.

Owns the table of rights and routes. Never stores a secret in clear. Start in `access.py` and `routes.py`, then `models.py`.
"""
