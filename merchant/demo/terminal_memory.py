"""What a simulated terminal has on disk: what it did, and the settings it works by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_REMEMBERED_MAX = 5000


class Memory:
    """What the terminal did, by service id: survives its restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}

    def keep(self, service_id: str, entry: dict[str, Any]) -> None:
        """Write one entry; the file is whole at every moment."""
        self.entries[service_id] = entry
        while len(self.entries) > _REMEMBERED_MAX:
            del self.entries[next(iter(self.entries))]
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(self.entries))
        written.replace(self._path)


class Settings:
    """The settings it was told last, with their version: they survive its restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        held: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.version: str = held.get("version", "")
        self.values: dict[str, Any] = held.get("settings", {})

    def keep(self, version: str, values: dict[str, Any]) -> None:
        """Work by these from now on."""
        self.version, self.values = version, values
        self._path.write_text(json.dumps({"version": version, "settings": values}))
