"""A processor, and a merchant whose books are looked at, for the tests of payments."""

from collections.abc import Iterator

import pytest

from tests.payments.books import Books
from tests.processor import RunningProcessor, running_processor


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor, one for the whole run."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@pytest.fixture
def books(db, tmp_path, settings):
    """The merchant whose books these tests look at, in its scope."""
    settings.MEDIA_ROOT = tmp_path / "files"
    made = Books(tmp_path)
    with made.acting():
        yield made
