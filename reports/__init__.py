"""Views of all the rest: home, search, exports, verify. Writes nothing but its own files. Start in `overview/`."""
