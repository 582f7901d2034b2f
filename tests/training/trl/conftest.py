"""Tests of the trl backend: its libraries keep their loggers, which other tests in the process share."""

from collections.abc import Iterator

import pytest

from gradus.training.trl import grpo, sft


@pytest.fixture(scope="module", autouse=True)
def _own_loggers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (grpo, sft):
            patch.setattr(module, "quiet", lambda job: None)
        yield
