"""
Where a webhook may go: public addresses only.

A name is resolved here, every address it has is checked, and the sender connects to the checked address itself, so a name that changes its mind
between check and connection gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from merchant.core.errors import Invalid

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses that carry another address inside; what they lead to cannot be judged here.
_TUNNELS = [
    ipaddress.ip_network(network) for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
]


class AddressRefused(Exception):
    """The address leads into a private network, or nowhere."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: connect to `ip` and `port`, speak as if to `host`."""

    scheme: str
    host: str
    ip: str
    port: int
    path: str


def check_url(url: str) -> str:
    """
    Return `url` if an endpoint may have it. Literal addresses are judged now, names when they are resolved for sending.

    :raises Invalid: for another scheme, credentials in the address, or a literal private address.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Invalid(reason=_("the address is malformed")) from None
    schemes = ("https", "http") if settings.WEBHOOK_ALLOW_PRIVATE else ("https",)
    if parts.scheme not in schemes or not host:
        raise Invalid(reason=_("the address must begin with {known}://").format(known=" or ".join(schemes)))
    if parts.username or parts.password or parts.fragment:
        raise Invalid(reason=_("the address must not hold credentials or a fragment"))
    try:
        addresses = _resolve(host, 0, flags=socket.AI_NUMERICHOST)
    except AddressRefused:
        return url  # a name
    if not all(is_allowed(address) for address in addresses):
        raise Invalid(reason=_("the address is not public"))
    return url


def resolve(url: str) -> Target:
    """
    Return where to connect for `url`.

    :raises AddressRefused: if the name has no address, or any of its addresses is not allowed.
    """
    try:
        check_url(url)
    except Invalid as error:
        raise AddressRefused(error.message) from None
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    addresses = _resolve(host, port)
    if not all(is_allowed(address) for address in addresses):
        raise AddressRefused(_("{host} leads to an address that is not public").format(host=host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, ip=str(addresses[0]), port=port, path=path)


def is_allowed(address: IpAddress) -> bool:
    """Say whether we may connect to `address`. The demo's setting allows the own machine and private networks, never link-local metadata services."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if (
        address.is_multicast
        or address.is_link_local
        or address.is_unspecified
        or (any(address in network for network in _TUNNELS) and not address.is_loopback)
    ):
        return False
    return address.is_global or (settings.WEBHOOK_ALLOW_PRIVATE and (address.is_private or address.is_loopback))


def _resolve(host: str, port: int, *, flags: int = 0) -> list[IpAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        raise AddressRefused(_("{host} has no address").format(host=host)) from None
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(text) for text in texts]
