"""
Owns how a merchant looks to shoppers: name, logo, accent colour, texts in every language, legal addresses. It never decides what is sold or paid.

Start reading in `services.py`; `colours.py` says which colours can be read.
"""
