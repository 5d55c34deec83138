"""A processor for the tests of reports."""

from collections.abc import Iterator

import pytest

from tests.processor import RunningProcessor, running_processor


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor, one for the whole run."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running
