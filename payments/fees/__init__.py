"""
What a processor may charge: dated contracts, and the fee expected for a payment.

Never books anything; settlement compares. Start in `models.py`.
"""
