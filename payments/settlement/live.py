"""Tell open pages of imports how far the reading of a file is: figures at most once a second, and a word at each step."""

from __future__ import annotations

import time
from typing import BinaryIO
from uuid import UUID

from merchant.core.outbox import readers, screens
from payments.settlement.formats.sniff import OpenReport
from payments.settlement.models import ReportFile
from payments.settlement.pages import done_text

TOPIC = screens.merchant_topic("settlement:imports")
_TOLD_EVERY_SECONDS = 1.0
# Reading this many rows takes a few hundredths of a second; before that nobody looks at the clock.
_LOOK_EVERY_ROWS = 4096


class Progress:
    """The reading of one file. `tell` may be called after every row: it costs nothing while the last word is less than a second old."""

    def __init__(self, *, merchant_id: UUID, file_id: UUID, size_bytes: int, stream: BinaryIO) -> None:
        self._merchant_id = merchant_id
        self._file_id = file_id
        self._size_bytes = size_bytes
        self._stream = stream
        self._told_at = time.monotonic()
        self._look_at_rows = _LOOK_EVERY_ROWS

    def tell(self, rows: int) -> None:
        """Send how many rows are read, of how many by the share of the file that is behind them."""
        if rows < self._look_at_rows:
            return
        self._look_at_rows = rows + _LOOK_EVERY_ROWS
        now = time.monotonic()
        if now - self._told_at < _TOLD_EVERY_SECONDS:
            return
        self._told_at = now
        total = estimated_rows(rows, read_bytes=self._stream.tell(), size_bytes=self._size_bytes)
        html = (
            f'<progress id="import-bar-{self._file_id}" aria-labelledby="import-done-{self._file_id}" max="{total}" value="{rows}"></progress>'
            f'<span class="hint num" id="import-done-{self._file_id}">{done_text(rows, total)}</span>'
        )
        # Figures alone, which are the same in every language.
        drawings = dict.fromkeys(readers.every_language(), html)
        screens.push(self._merchant_id, TOPIC, drawings=drawings, store_id=screens.ALL_STORES, is_only_news=True)


def progress_of(report: ReportFile, file: OpenReport) -> Progress:
    """Return the reading of `report`'s open file, at its beginning."""
    return Progress(merchant_id=report.merchant_id, file_id=report.id, size_bytes=report.size_bytes, stream=file.stream)


def estimated_rows(rows: int, *, read_bytes: int, size_bytes: int) -> int:
    """Return how many rows a file will have, if the rest is like what was read."""
    return max(rows, rows * size_bytes // read_bytes) if read_bytes else rows


def tell_changed(*, merchant_id: UUID, file_id: UUID) -> None:
    """Tell open pages that a file is a step further, so that they draw it again."""
    event = {"kind": "changed", "id": str(file_id)}
    screens.push(merchant_id, TOPIC, event=event, store_id=screens.ALL_STORES)
