"""
Demo merchants for showing and proving: made, given a time of day, and made to close their books on request.

Off unless the installation says `DEMO_CONTROL`; never touches a merchant it did not make. Start in `services.py`.
"""
