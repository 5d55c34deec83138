"""Zipped statements are unpacked within bounds, and what is built to harm is refused before it does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from payments.reconciliation.formats import unpacking
from payments.reconciliation.formats.base import NotAStatement
from tests.payments.reconciliation.formats.builders import a_camt


def a_zip(members: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def _unpacked(folder: Path, content: bytes) -> list[tuple[str, bytes]]:
    path = folder / "came.zip"
    path.write_bytes(content)
    with unpacking.unpacked(path, "came.zip") as members:
        return [(member.name, member.path.read_bytes()) for member in members]


def _refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(NotAStatement) as caught:
        _unpacked(folder, content)
    return caught.value.code


def test_every_file_comes_out_under_its_bare_name(tmp_path: Path) -> None:
    content = a_zip({"b/../../day2.xml": b"two", "a/day1.xml": b"one", "__MACOSX/day1.xml": b"x", "empty/": b""})

    assert _unpacked(tmp_path, content) == [("day1.xml", b"one"), ("day2.xml", b"two")]


def test_what_is_no_zip_is_itself(tmp_path: Path) -> None:
    assert _unpacked(tmp_path, a_camt([1])) == [("came.zip", a_camt([1]))]


def test_bombs_nests_locks_and_wrecks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nested = a_zip({"inner.zip": a_zip({"a.xml": b"x"})})
    bomb = a_zip({"a.xml": b"\0" * (64 << 20)})
    locked = bytearray(a_zip({"a.xml": b"x"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1

    assert _refusal(tmp_path, nested) == "zip_nested"
    assert _refusal(tmp_path, bomb) == "zip_too_large"
    assert _refusal(tmp_path, bytes(locked)) == "zip_locked"
    assert _refusal(tmp_path, a_zip({"a.xml": a_camt([1])})[:-30]) == "zip_broken"
    assert _refusal(tmp_path, a_zip({})[:0] + a_zip({"empty/": b""})) == "zip_empty"
    assert _refusal(tmp_path, a_zip({"[Content_Types].xml": b"x"})) == "spreadsheet"
    assert _refusal(tmp_path, a_zip({f"{number}.xml": b"x" for number in range(401)})) == "zip_too_large"


def test_the_size_is_counted_and_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_BYTES_MAX", 100)

    assert _refusal(tmp_path, a_zip({"a.xml": b"x" * 60, "b.xml": b"y" * 60})) == "zip_too_large"
