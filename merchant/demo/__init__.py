"""
The demo merchant and its trading day: outside clients of REST, websockets and the sandbox processor.

Imports nothing of the product. Start in `terminals.py` for the counter's devices.
"""
