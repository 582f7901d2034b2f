"""A SLURM of this machine, and the test study built without it."""

from collections.abc import Iterator

import pytest

from graph.conftest import _no_build_is_left, finished, project
from slurm.two_nodes import TwoNodes, reason_to_skip

__all__ = ["_no_build_is_left", "cluster", "finished", "project"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[TwoNodes]:
    """Skips where none can be started."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    node = TwoNodes()
    try:
        node.start()
        yield node
    finally:
        node.stop()
