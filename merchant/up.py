"""
`manage.py up`: everything Tillsyn needs, started in order, watched, and stopped together.

Servers first (unless DATABASE_URL and REDIS_URL name others), then tables, then the table of processes below.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

from merchant import ports, supervisor
from merchant.embedded import CannotStart, Places, Servers, addresses
from merchant.supervisor import Spec, Supervisor

PROJECT = Path(__file__).resolve().parent.parent
READY_SECONDS_MAX = 90.0
LOOK_EVERY_SECONDS = 0.25
# A shop's demo is watched for hours without a touch; the 15 minutes of a real installation would end it.
DEMO_IDLE_SECONDS = 8 * 3600
YESTERDAY = "yesterday"


def list_processes(*, port: int, sandbox_port: int, demo: bool, var: Path) -> list[Spec]:
    """Return the table of processes, in the order they start."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "merchant"]
    sandbox = ["--port", str(sandbox_port), "--data", str(var / "sandbox")]
    table = [
        Spec("web", [python, "-m", "merchant.server", "--port", str(port)]),
        Spec("relay", [python, "manage.py", "relay"]),
        Spec("worker", [*celery, "worker", "-P", "threads", "-c", "4", "--loglevel", "INFO", "--without-mingle"]),
        Spec("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]),
        Spec(
            "sandbox",
            [python, "-m", "payments.gateways.sandbox.processor", *sandbox],
        ),
    ]
    if demo:
        devices = [str(var / "demo" / "terminals.json"), "--control-port", str(ports.find_own(var))]
        table += [
            Spec(YESTERDAY, [python, "-m", "merchant.demo.yesterday", str(var / "demo.json")], is_once=True),
            Spec("terminals", [python, "-m", "merchant.demo.terminals", *devices]),
            Spec("shoppers", [python, "-m", "merchant.demo.shoppers", str(var / "demo.json")]),
            Spec("tills", [python, "-m", "merchant.demo.tills", str(var / "demo.json")]),
        ]
    return table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line; used by `up` and by `help up`."""
    parser.add_argument("--demo", action="store_true", help="load a demo merchant and keep it busy")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: 8000")
    host = os.environ.get("WEB_HOST", "127.0.0.1")
    parser.add_argument("--host", default=host, help="the address to listen on; default: this machine only")


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C or SIGTERM. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start everything and keep it running.")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    # Ctrl-C too: a shell that starts us in the background leaves it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    places = Places(PROJECT / "var")
    try:
        places.make()
        with _only_one(places):
            run(options=options, places=places)
    except CannotStart as problem:
        print(f"\nTillsyn did not start.\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


def run(*, options: argparse.Namespace, places: Places) -> None:
    """
    Start servers, tables and processes, then look after them until interrupted.

    :raises CannotStart: with the reason.
    """
    _end_left_behind(places)
    ports.check(options.port)
    sandbox_port = ports.find_free(options.port + 1)
    outside = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    servers = Servers(places, with_postgres="DATABASE_URL" not in outside, with_valkey="REDIS_URL" not in outside)
    with _told(_words_of_servers(outside)):
        in_use = servers.in_use() if len(outside) < 2 else nullcontext()
        in_use.__enter__()
    watcher = Supervisor(
        specs=list_processes(port=options.port, sandbox_port=sandbox_port, demo=options.demo, var=places.var),
        log_folder=places.log,
        cwd=PROJECT,
        environment=environment_of(options=options, places=places, sandbox_port=sandbox_port),
        tell=lambda line: print(line, flush=True),
    )
    _note(places, options=options, watcher=watcher)
    try:
        with _told("Bringing the tables up to date"):
            _once(watcher, Spec("migrate", [sys.executable, "manage.py", "migrate", "--verbosity", "0"]))
        with _told(f"Starting {', '.join(spec.name for spec in watcher.specs)}"):
            _load_and_start(watcher, demo=options.demo, port=options.port, sandbox_port=sandbox_port)
        _note(places, options=options, watcher=watcher)
        print(ready_words(port=options.port, demo_file=places.var / "demo.json" if options.demo else None), flush=True)
        _watch(
            watcher,
            servers=servers if len(outside) < 2 else None,
            note=lambda: _note(places, options=options, watcher=watcher),
        )
    finally:
        # A second Ctrl-C must not leave servers behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        watcher.stop()
        in_use.__exit__(None, None, None)
        (places.run / "up.json").unlink(missing_ok=True)


def ready_words(*, port: int, demo_file: Path | None) -> str:
    """Return what a person reads when everything runs: one address, and the demo's sign-ins."""
    lines = ["", f"Tillsyn is ready:  http://localhost:{port}/", ""]
    if demo_file is not None and demo_file.exists():
        people = json.loads(demo_file.read_text()).get("sign_ins", [])
        for person in people:
            seed = f"   code seed {person['totp_secret']}" if person.get("totp_secret") else ""
            pin = f"   PIN at the till {person['pin']}" if person.get("pin") else ""
            lines.append(f"  {person['role']:<11} {person['email']:<28} {person['password']}{seed}{pin}")
        lines.append("")
        lines += _words_of_codes([person["email"] for person in people if person.get("totp_secret")])
    lines.append("Ctrl-C stops everything. Logs: var/log/")
    return "\n".join(lines)


def environment_of(*, options: argparse.Namespace, places: Places, sandbox_port: int) -> dict[str, str]:
    """Return what the processes find in their environment, and make an empty folder for their counters."""
    counters = places.run / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(mode=0o700)
    url = f"http://localhost:{options.port}"
    environment = {**_embedded_addresses(places), **os.environ}
    environment.setdefault("PUBLIC_URL", url)
    environment |= {
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(counters),
        "TILLSYN_URL": f"http://127.0.0.1:{options.port}",
        "WEB_HOST": options.host,
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}",
    }
    if options.demo:
        environment.setdefault("SESSION_IDLE_SECONDS", str(DEMO_IDLE_SECONDS))
        # Without its control API, and with webhooks that may not reach its webshop on this machine, there is no demo: whatever `.env` says.
        environment |= {"DEMO_CONTROL": "true", "WEBHOOK_ALLOW_PRIVATE": "true"}
    return environment


def _words_of_codes(emails: list[str]) -> list[str]:
    """Return what to do when the sign-in asks for a code; nothing where nobody is asked for one."""
    if not emails:
        return []
    return [
        "Sign-in asks them for a code of six digits. This prints the one of now:",
        f"  .venv/bin/python manage.py demo_code {emails[0]}",
        "or type the code seed into any authenticator app, as a time-based key.",
        "",
    ]


def _load_and_start(watcher: Supervisor, *, demo: bool, port: int, sandbox_port: int) -> None:
    """
    Load the demo before anything works on it (once; repeating it changes nothing), then start the table.

    Its merchant has an account at the sandbox processor, so that goes first. The web process follows alone: on a small machine all at once would keep people
    waiting three times as long.
    """
    if demo:
        watcher.start("sandbox")
        _wait(watcher, "sandbox", port=sandbox_port)
        _once(watcher, Spec("demo_load", [sys.executable, "manage.py", "demo_load"]))
    watcher.start("web")
    _wait(watcher, "web", port=port)
    if demo:
        # The first time there is a day to be traded before the shop's own tills and terminals begin: see `_watch`.
        watcher.start("relay", "worker", "beat", YESTERDAY)
    else:
        watcher.start()


def _wait(watcher: Supervisor, name: str, *, port: int) -> None:
    """Wait until the named process answers on its port. :raises CannotStart: if it does not, or if what answers is another program."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not ports.answers(port):
        watcher.look()
        if time.monotonic() > deadline:
            log = watcher.log_path(name)
            raise CannotStart(f"The {name} process does not answer. Its log: {log}\n{supervisor.last_words(log)}")
        time.sleep(LOOK_EVERY_SECONDS)
    if not ports.is_held_by(port, watcher.pids().get(name, 0)):
        ports.refuse_taken(port)


def _once(watcher: Supervisor, spec: Spec) -> None:
    log = watcher.log_path(spec.name)
    with log.open("wb") as output:
        done = subprocess.run(
            spec.argv, cwd=watcher.cwd, env=watcher.environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise CannotStart(
            f"{spec.name} failed (exit code {done.returncode}). Its log: {log}\n{supervisor.last_words(log)}"
        )


def _watch(watcher: Supervisor, *, servers: Servers | None, note: Any) -> None:
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        if servers is not None and (died := servers.died()):
            print(f"{' and '.join(died)} stopped; starting again. Logs: {servers.places.log}", flush=True)
            servers.restart()
        if watcher.look():
            if watcher.has_ended(YESTERDAY):
                watcher.start()
            note()


def _words_of_servers(outside: dict[str, str]) -> str:
    own = [
        name for name, variable in (("PostgreSQL", "DATABASE_URL"), ("Valkey", "REDIS_URL")) if variable not in outside
    ]
    return f"Starting {' and '.join(own)}" if own else "Using the servers that DATABASE_URL and REDIS_URL name"


def _embedded_addresses(places: Places) -> dict[str, str]:
    """Return the addresses of those embedded servers that run here: a server of one's own is never mixed with one of ours."""
    outside = tuple(name.split("_")[0] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ)
    return {name: url for name, url in addresses(places).items() if name.split("_")[0] not in outside}


@contextmanager
def _only_one(places: Places) -> Iterator[None]:
    """Hold the installation's lock; the kernel gives it back when we die, so it is never stale."""
    held = os.open(places.run / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        running = _read_note(places)
        raise CannotStart(
            f"Tillsyn is running already: http://localhost:{running.get('port', 8000)}/"
            f"  (process {running.get('pid', '?')})"
        ) from None
    finally:
        os.close(held)


def _note(places: Places, *, options: argparse.Namespace, watcher: Supervisor) -> None:
    note = {
        "pid": os.getpid(),
        "port": options.port,
        "pids": watcher.pids(),
        "argv": {spec.name: spec.argv for spec in watcher.specs},
    }
    new = places.run / "up.json.new"
    new.write_text(json.dumps(note))
    new.replace(places.run / "up.json")


def _read_note(places: Places) -> dict[str, Any]:
    try:
        return dict(json.loads((places.run / "up.json").read_text()))
    except (OSError, ValueError):
        return {}


def _end_left_behind(places: Places) -> None:
    note = _read_note(places)
    ended = supervisor.end_left_behind(note.get("pids", {}), argv_of=note.get("argv", {}))
    if ended:
        print(f"The last run was killed; ended what it left behind: {', '.join(ended)}.", flush=True)


@contextmanager
def _told(what: str) -> Iterator[None]:
    print(f"{what} …", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
