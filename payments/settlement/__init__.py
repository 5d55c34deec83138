"""
What the processor says it settled: reports in, lines checked and posted, payouts announced.

Owns report files, settlement lines and payouts. Never matches against the bank. Start in `services.import_report`.
"""
