"""
Sales, refunds and disputes over several stores and weeks, the files four processors and three banks would send about them, and what is true of them.

Imports nothing of the product: amounts, fees, exchange and random choice are its own. Start in `world.py`; `make.py` puts the parts together.
"""
