"""Commands beside a running installation find its sandbox processor."""

from __future__ import annotations

import json

import pytest

from merchant.ports import sandbox_url


def test_the_sandbox_of_the_running_installation_is_found(tmp_path):
    (tmp_path / "run").mkdir()
    argv = {"sandbox": ["python", "-m", "payments.gateways.sandbox.processor", "--port", "8712", "--data", "x"]}
    (tmp_path / "run" / "up.json").write_text(json.dumps({"argv": argv}))

    assert sandbox_url(tmp_path) == "http://127.0.0.1:8712"


@pytest.mark.parametrize("note", [None, "", "{}", '{"argv": {"sandbox": []}}', '{"argv": {"sandbox": ["--port"]}}'])
def test_where_none_runs_its_usual_place_is_named(tmp_path, note):
    (tmp_path / "run").mkdir()
    if note is not None:
        (tmp_path / "run" / "up.json").write_text(note)

    assert sandbox_url(tmp_path) == "http://127.0.0.1:8001"
