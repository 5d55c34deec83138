"""
One order from channel to channel: a cart begun online goes on at the till and back, always under one order id.

Owns who holds a cart and the code that passes it on. Never moves money or stock. Start in `services.py`.
"""
