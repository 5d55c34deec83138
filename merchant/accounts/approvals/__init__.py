"""
Four eyes: a person asks, another one who holds the right grants, in the back office or with a PIN at the till.

Owns approvals and PINs. Never does what was approved: the asker's next request does, and uses the approval up. Start in `services.py`.
"""
