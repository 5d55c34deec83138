"""How a server is stopped by a process that did not start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from merchant.embedded import processes


def test_a_server_that_ended_is_gone_before_its_own_parent_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    kill = os.kill
    monkeypatch.setattr(os, "kill", lambda pid, how: (asked.append(how), kill(pid, how)))
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 3.0)
    code = "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(0)); print('up', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()

        processes.stop_pid(pid=server.pid, process=None)

        assert asked == [signal.SIGINT]
    assert server.returncode == 0
