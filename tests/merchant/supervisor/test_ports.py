"""Ports of one installation do not get into another's way."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from merchant import ports, up
from merchant.embedded import CannotStart
from merchant.supervisor import Spec, Supervisor


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


def test_what_an_installation_listens_with_later_has_ports_of_its_own() -> None:
    programs = [(Path(f"/srv/shop{number}/var"), name) for number in range(3) for name in ("", "shoppers")]

    assert len({ports.find_own(var, program=name) for var, name in programs}) == 6


def test_a_port_is_taken_by_another_unless_the_program_is_ours(tmp_path: Path) -> None:
    port = ports.find_own(tmp_path, program="shoppers")
    assert not ports.is_taken_by_another(port, "demo.json")
    spec = Spec("web", [sys.executable, "-c", ANSWERING, str(port), "demo.json"])
    ours = Supervisor([spec], tmp_path, tmp_path, dict(os.environ), lambda line: None)
    ours.start()
    try:
        up._wait(ours, "web", port=port)
        assert not ports.is_taken_by_another(port, "demo.json")
        assert ports.is_taken_by_another(port, "another.json")
    finally:
        ours.stop()


# Answers every question with 200.
ANSWERING = """
import http.server, sys
class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Yes).serve_forever()
"""
IDLE = "import time; time.sleep(600)"


def started(tmp_path: Path, script: str, port: int) -> Supervisor:
    """A supervisor whose web process is `script`."""
    spec = Spec("web", [sys.executable, "-c", script, str(port)])
    watcher = Supervisor([spec], tmp_path, tmp_path, dict(os.environ), lambda line: None)
    watcher.start()
    return watcher


def test_what_answers_on_our_port_has_to_be_ours(tmp_path: Path) -> None:
    port = ports.find_free(20_000)
    strangers = started(tmp_path, ANSWERING, port)
    ours = started(tmp_path, IDLE, port)
    try:
        up._wait(strangers, "web", port=port)
        with pytest.raises(CannotStart, match=f"Port {port} was free a moment ago and is now in use by"):
            up._wait(ours, "web", port=port)
    finally:
        strangers.stop()
        ours.stop()
