"""Runs of the trl backend that are stopped and go on, for tests that compare them with whole ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gradus.training.trl.run import Run


@contextmanager
def stopped_before(step: int) -> Iterator[None]:
    """The run in this block is stopped when it is about to record this step."""
    add = Run.add

    def stop(self: Run, row: dict[str, Any], shown: str) -> None:
        if row["step"] == step:
            raise KeyboardInterrupt
        add(self, row, shown)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "add", stop)
        with pytest.raises(KeyboardInterrupt):
            yield
