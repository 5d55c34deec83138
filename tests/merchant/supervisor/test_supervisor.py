"""The supervisor, with toy processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from merchant.supervisor import Spec, Supervisor, end_left_behind

# Starts a child of its own and, told to stop, forgets it: the supervisor must not.
STUBBORN_PARENT = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""


def a_supervisor(tmp_path: Path, *specs: Spec) -> tuple[Supervisor, list[str]]:
    told: list[str] = []
    return Supervisor(list(specs), tmp_path, tmp_path, dict(os.environ), told.append), told


def until(condition: Callable[[], object], supervisor: Supervisor, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        supervisor.look()
        time.sleep(0.05)


def wait_procs_gone(pid: int) -> bool:
    """Whether the process ends within a second; who adopts it here may leave it unburied."""
    for _ in range(50):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_process_that_stops_is_told_with_its_last_words_and_started_again_ever_later(tmp_path: Path) -> None:
    code = "import sys; sys.exit('the printer is on fire')"
    supervisor, told = a_supervisor(tmp_path, Spec("worker", [sys.executable, "-c", code]))

    supervisor.start()
    until(lambda: len(told) == 2, supervisor)
    supervisor.stop()

    assert told == [
        f"worker stopped (exit code 1); starting it again in {seconds} s. Its log: {tmp_path}/worker.log\n"
        "    the printer is on fire"
        for seconds in (1, 2)
    ]


def test_a_killed_process_is_told_by_the_name_of_its_signal(tmp_path: Path) -> None:
    supervisor, told = a_supervisor(tmp_path, Spec("web", [sys.executable, "-c", "import time; time.sleep(600)"]))

    supervisor.start()
    os.kill(supervisor.pids()["web"], signal.SIGKILL)
    until(lambda: told, supervisor)
    supervisor.stop()

    assert told[0].startswith("web stopped (ended by SIGKILL); starting it again in 1 s.")


def test_a_process_that_runs_once_is_not_started_again_and_only_its_failure_is_told(tmp_path: Path) -> None:
    works, fails = (
        Spec(name, [sys.executable, "-c", code], is_once=True)
        for name, code in (("fills", "pass"), ("breaks", "exit(3)"))
    )
    supervisor, told = a_supervisor(tmp_path, works, fails)

    supervisor.start()
    until(lambda: supervisor.has_ended("fills") and supervisor.has_ended("breaks"), supervisor)
    supervisor.look()

    assert supervisor.pids() == {}
    assert [line.split("(")[0] for line in told] == ["breaks failed "]


def test_stopping_leaves_no_process_behind_not_even_a_grandchild(tmp_path: Path) -> None:
    noted = tmp_path / "grandchild"
    supervisor, _ = a_supervisor(tmp_path, Spec("web", [sys.executable, "-c", STUBBORN_PARENT, str(noted)]))

    supervisor.start()
    until(lambda: noted.exists() and noted.read_text(), supervisor)
    began = time.monotonic()
    supervisor.stop()

    grandchild = int(noted.read_text())
    assert time.monotonic() - began < 5
    assert wait_procs_gone(grandchild)


def test_only_what_still_runs_the_same_command_is_ended_after_a_killed_supervisor() -> None:
    argv = [sys.executable, "-c", "import time; print('runs', flush=True); time.sleep(600)"]
    other_argv = [*argv[:2], argv[2].replace("600", "601")]
    ours, somebody_elses = (
        subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE) for command in (argv, other_argv)
    )
    for process in (ours, somebody_elses):
        assert process.stdout is not None
        assert process.stdout.readline() == b"runs\n"

    ended = end_left_behind(
        {"web": ours.pid, "relay": somebody_elses.pid, "gone": 2**22 + 1}, argv_of={"web": argv, "relay": argv}
    )

    try:
        assert ended == ["web"]
        assert not psutil.pid_exists(ours.pid)
        assert somebody_elses.poll() is None
    finally:
        for process in (ours, somebody_elses):
            process.kill()
            process.communicate()
