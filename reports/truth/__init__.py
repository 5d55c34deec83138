"""
A truth set for reconciliation: a trade made up by arithmetic of its own, its processors' and banks' files, and a judge of what the product makes of them.

Writes a merchant of its own and nothing else. `generator` knows nothing of payments; start in `generator/world.py`, then `loading.py`, `running.py`, `judge.py`.
"""
