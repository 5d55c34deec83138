"""Accounts at processors that take our money elsewhere: we know them by their reports alone."""
