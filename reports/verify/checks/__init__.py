"""The checks, one module a subject. A check is a function from a `Look` to `Findings`; `registry.py` names them all."""
