"""
Backups of the whole installation, and their way back.

Owns the archive's form. Never touches a running installation: a restore needs an empty database nobody else uses, and wakes with outbound effects paused.
"""
