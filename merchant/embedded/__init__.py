"""
The embedded PostgreSQL and Valkey, started when no `DATABASE_URL` or `REDIS_URL` is configured.

Owns the servers' processes, their folders below `var/` and the two database roles. Never deletes data that a
finished start has made, never listens on TCP, and never lets another user of the machine in: both servers speak
on Unix sockets inside a folder of mode 0700, PostgreSQL asks the kernel who is calling (peer) besides.

Only the standard library is imported at the top, because settings read addresses from here.
"""

from merchant.embedded.places import CannotStart, Places
from merchant.embedded.servers import Servers, addresses

__all__ = ["CannotStart", "Places", "Servers", "addresses"]
