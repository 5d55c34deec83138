"""The devices and the counter: card terminals, their live state, and the REST API of the till. Start in `devices/`."""
