"""A server that is away is not asked by every request."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.db import connection
from psycopg import OperationalError

from merchant.core.postgresql.base import PAUSE_SECONDS, DatabaseWrapper

pytestmark = pytest.mark.django_db


def test_a_server_that_took_no_session_is_asked_again_after_a_pause_and_then_serves(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    session = DatabaseWrapper({**connection.settings_dict, "HOST": str(folder)}, alias="default")
    with pytest.raises(OperationalError, match="No such file"):
        session.connect()
    # The server is back; who asked a moment ago still does not ask.
    folder.symlink_to(connection.settings_dict["HOST"])
    with pytest.raises(OperationalError, match="a moment ago"):
        session.connect()

    time.sleep(PAUSE_SECONDS)
    session.connect()

    with session.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    session.close()


def test_what_is_away_at_one_address_holds_up_no_other(tmp_path: Path) -> None:
    away = DatabaseWrapper({**connection.settings_dict, "HOST": str(tmp_path / "nowhere")}, alias="default")
    here = DatabaseWrapper(dict(connection.settings_dict), alias="default")
    with pytest.raises(OperationalError):
        away.connect()

    here.connect()

    assert here.connection is not None
    here.close()
