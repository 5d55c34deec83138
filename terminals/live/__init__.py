"""
The line to the devices and to the screens: one websocket per terminal, one per staff page.

Owns the feed of what terminals did. Never decides an outcome; it hands it to payments. Start in `consumers.py`.
"""
