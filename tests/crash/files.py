"""F: files as they come from people and processors. Each is refused whole with its place, or read; never half booked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

from merchant.core.errors import AppError
from merchant.ledger import queries as ledger
from payments.settlement import services
from payments.settlement.models import ReportFile, SettlementLine
from tests.crash import children
from tests.crash.settling import NEXT_MORNING
from tests.crash.table import add
from tests.crash.world import World
from tests.payments.settlement.reports import Row, report

ROWS = [Row(1000 + number, f"A{number}", fee=10) for number in range(6)]
GOOD = report(ROWS)
# What a file may end as: not taken at all, read and refused or blocked, or booked in full.
TAKEN = ("posted",)
REFUSED = ("not taken", "refused", "out_of_balance")


def _zip(data: bytes, name: str = "report.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


def _columns(change: Callable[[list[str]], list[str]]) -> bytes:
    lines = GOOD.decode().strip().split("\n")
    return ("\n".join(",".join(change(line.split(","))) for line in lines) + "\n").encode()


def _line(number: int, change: Callable[[str], str]) -> bytes:
    lines = GOOD.decode().split("\n")
    lines[number] = change(lines[number])
    return "\n".join(lines).encode()


FILES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "truncated in a row": (GOOD[:-40], REFUSED),
    # What is there ties within itself; the whole file adds the missing rows and its payout when it comes.
    "truncated between rows": (b"\n".join(GOOD.split(b"\n")[:4]) + b"\n", TAKEN),
    "empty": (b"", REFUSED),
    "a header alone": (GOOD.split(b"\n")[0] + b"\n", (*REFUSED, *TAKEN)),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, TAKEN),
    "UTF-16": (GOOD.decode().encode("utf-16"), (*REFUSED, *TAKEN)),
    "latin-1": (report([Row(1000, "A", store="Köln")]).decode().encode("latin-1"), (*REFUSED, *TAKEN)),
    "NUL": (GOOD.replace(b"A3", b"A\x003"), REFUSED),
    "CRLF and LF mixed": (GOOD.replace(b"\n", b"\r\n", 3), TAKEN),
    "a column missing": (_columns(lambda cells: cells[:-6] + cells[-5:]), REFUSED),
    "a column added": (_columns(lambda cells: [*cells, "x"]), (*REFUSED, *TAKEN)),
    "a column renamed": (GOOD.replace(b"Gross,", b"Brutto,", 1), REFUSED),
    "a column twice": (GOOD.replace(b"Fee,", b"Gross,", 1), REFUSED),
    "1.234,56": (_line(2, lambda line: line.replace("10.01", '"1.234,56"')), REFUSED),
    "1,234.56": (_line(2, lambda line: line.replace("10.01", '"1,234.56"')), REFUSED),
    "three decimals in euros": (_line(2, lambda line: line.replace("10.01", "10.011")), REFUSED),
    "an unknown currency": (GOOD.replace(b",EUR,", b",QQQ,"), REFUSED),
    "a field of 1 MB": (_line(2, lambda line: line.replace("A1", "A" * 2**20)), (*REFUSED, *TAKEN)),
    "a quote that never ends": (_line(2, lambda line: line.replace("A1", '"A1')), REFUSED),
    "negative zero": (report([*ROWS, Row(0, "Z")]).replace(b",0.00,0.00,0.00,", b",-0.00,0.00,-0.00,"), (*REFUSED, *TAKEN)),
    "a row twice": (GOOD.replace(GOOD.split(b"\n")[2], GOOD.split(b"\n")[2] + b"\n" + GOOD.split(b"\n")[2]), REFUSED),
    "a wrong total": (report(ROWS, payout_minor=1), REFUSED),
    "a zip": (_zip(GOOD), (*REFUSED, *TAKEN)),
    "a zip bomb": (_zip(GOOD.split(b"\n")[0] + b"\n" + b"0" * (64 * 2**20)), REFUSED),
    "a zip in a zip": (_zip(_zip(GOOD), "inner.zip"), REFUSED),
    "an XML entity": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', REFUSED),
    "formula cells": (report([Row(1000, "=cmd|' /C calc'!A0")]), (*REFUSED, *TAKEN)),
}  # fmt: skip


def play(world: World, *, data: bytes, may_end: tuple[str, ...]) -> None:
    """Send the file twice and look at what it left."""
    world.open()
    world.excused |= {"settling.clearing_is_open_items", "exceptions.exceptions_are_the_planted"}
    ended = children.run(_take, world, data)
    assert ended["status"] in may_end, ended
    again = children.run(_take, world, data)
    assert {**again, "error": ""} == {**ended, "error": ""}
    if ended["status"] == "posted":
        # Booked in full, or there was nothing in it to book.
        assert ended["fees"] == ended["fees of lines"], ended
    else:
        assert (ended["lines"], ended["books"]) == (0, {}), ended
        assert ended["place"] or ended["status"] == "out_of_balance", ended
    world.settle()


def _take(world: World, data: bytes) -> dict[str, Any]:
    path = world.folder / "report.csv"
    path.write_bytes(data)
    status, error, place = "not taken", "", ""
    with world.acting():
        try:
            outcome = services.import_report(
                path=path, account_id=world.facts.account_id, name="report.csv", now=NEXT_MORNING
            )
            found = ReportFile.objects.get(id=outcome.report.id)
            status, place = found.status, str(found.refusal.get("message", ""))
        except AppError as refusal:
            error = place = refusal.message
        lines = SettlementLine.objects.all()
        books = {kind: minor for kind in ("clearing", "fees", "suspense") for minor in ledger.balance(kind).values()}
        return {
            "status": status, "error": error, "place": place, "lines": lines.count(), "books": books,
            "fees": ledger.balance("fees").get("EUR", 0), "fees of lines": sum(line.fee_minor for line in lines),
        }  # fmt: skip


for _name, (_data, _may_end) in FILES.items():
    add("F", _name, partial(play, data=_data, may_end=_may_end))
