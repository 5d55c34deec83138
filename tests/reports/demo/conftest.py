"""An installation with its demo turned on, beside a real processor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processor import RunningProcessor, running_processor

DEMO_KEY = "the demo's key"


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """One processor for all tests here."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@pytest.fixture
def demo_installation(settings: Any, tmp_path: Path, processor: RunningProcessor) -> Path:
    """Settings as `up --demo` gives them; returns the installation's folder."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "control.key").write_text(processor.control_key)
    settings.VAR_DIR = tmp_path
    settings.SANDBOX_URL = processor.url
    settings.WEBHOOK_ALLOW_PRIVATE = True
    settings.DEMO_CONTROL, settings.DEMO_CONTROL_KEY = True, DEMO_KEY
    return tmp_path
