"""A hub with two sets and a model, and jobs that ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.double import HubDouble, running
from hub.jobs import Jobs


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running(HubDouble()) as hub:
        yield hub


@pytest.fixture
def jobs(hub: HubDouble, tmp_path: Path) -> Jobs:
    return Jobs(tmp_path, hub.url)
