"""
Products and prices as people keep them: the list, one article, tax rates, and catalogues that come as a file.

Owns these pages and the import; writes through catalogue, prices and stock. Never sells anything. Start in `services.py`.
"""
