"""
Disputes: a customer's bank asks for money back; what we answer by when, and what becomes of the money.

Never refunds and never changes a payment's operations. Start in `states.py`, then `services.apply_notice`, the one door for webhook, report and person.
"""
