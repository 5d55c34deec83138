"""The merchant whose books these tests look at."""

from __future__ import annotations

import pytest

from tests.payments.books import Books


@pytest.fixture
def books(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    made = Books(tmp_path)
    with made.acting():
        yield made
