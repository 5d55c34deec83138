"""
Receipts, invoices and credit notes: numbered, frozen, rendered as HTML, PDF and ESC/POS from one model.

Owns the documents' numbers and contents. Never computes what was paid; it is handed tender lines. Start in `models.py`.
"""
