"""No webhook reaches the inside of a network."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from merchant.core.errors import Invalid
from merchant.messages import addresses, posting
from merchant.messages.addresses import AddressRefused
from merchant.messages.posting import Letter
from tests.receiver import Receiver

INSIDE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fc00::1]",
    "[fe80::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[::127.0.0.1]",
    "[::169.254.169.254]",
    "[2002:7f00:1::]",
]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("host", INSIDE)
def test_a_literal_inner_address_is_refused_when_the_endpoint_is_made_and_when_it_is_sent(host: str) -> None:
    with pytest.raises(Invalid):
        addresses.check_url(f"https://{host}/hooks")
    with pytest.raises(AddressRefused):
        addresses.resolve(f"https://{host}/hooks")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://a:b@example.com/",
        "example.com",
        "https://[::1",
    ],
)
def test_an_address_without_tls_or_with_credentials_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        addresses.check_url(url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_public_name_that_leads_inside_is_refused_even_beside_a_public_address(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    answer_with(monkeypatch, "93.184.215.14", inside)

    with pytest.raises(AddressRefused):
        addresses.resolve("https://hooks.example/")


def test_the_connection_goes_to_the_address_that_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_with(monkeypatch, "127.0.0.1")

    reply = posting.post(Letter(f"http://hooks.example:{receiver.port}/a", "e1", "{}", ("whsec_c2VjcmV0",)), NOW)

    assert reply.is_accepted
    assert receiver.requests[0][1]["host"] == f"hooks.example:{receiver.port}"
    assert (
        asked.count("hooks.example") == 2
    )  # once whether it is a literal, once for good; never again while connecting


def test_even_the_demo_never_talks_to_a_metadata_service(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True

    with pytest.raises(Invalid):
        addresses.check_url("http://169.254.169.254/latest/meta-data/")


def test_an_inner_address_gets_no_connection(receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False

    reply = posting.post(Letter(f"https://127.0.0.1:{receiver.port}/", "e1", "{}", ("whsec_c2VjcmV0",)), NOW)

    assert "AddressRefused" in reply.error
    assert receiver.requests == []


def answer_with(monkeypatch: pytest.MonkeyPatch, *texts: str) -> list[str]:
    """Let every name resolve to `texts`; returns the list in which look-ups are kept."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **options: Any) -> Any:
        asked.append(host)
        if host != "hooks.example":
            return real(host, port, *args, **options)
        if options.get("flags", 0) & socket.AI_NUMERICHOST:
            raise socket.gaierror("a name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in texts]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked
