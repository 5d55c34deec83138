"""
Who did what, when, to which object, with which result.

Owns the audit rows, their seals and the proof. Rows are only ever added; a job seals them into a chain per merchant. Start in `services.record`.
"""
