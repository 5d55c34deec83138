"""Ports of one installation do not get into another's way."""

from __future__ import annotations

import socket
from pathlib import Path

from merchant import ports, up


def control_port(var: Path, port: int) -> int:
    """Return where simulated terminals would take their orders."""
    specs = up.list_processes(port=port, sandbox_port=port + 1, demo=True, var=var)
    argv = next(spec.argv for spec in specs if spec.name == "terminals")
    return int(argv[argv.index("--control-port") + 1])


def test_two_installations_have_terminals_of_their_own_though_neither_listens_yet(tmp_path: Path) -> None:
    found = {control_port(tmp_path / f"shop{number}" / "var", 8000 + number) for number in range(2)}

    assert len(found) == 2
    assert all(20_000 <= port < 32_768 for port in found)


def test_an_installation_keeps_its_port_and_evades_one_that_is_taken(tmp_path: Path) -> None:
    port = ports.find_own(tmp_path)
    assert ports.find_own(tmp_path) == port

    with socket.create_server(("127.0.0.1", port)):
        assert ports.find_own(tmp_path) == port + 1
