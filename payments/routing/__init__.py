"""
Which gateway account takes a payment, and why.

Start in `services.choose_account`.
"""
