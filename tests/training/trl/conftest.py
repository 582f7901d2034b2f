"""Tests of the trl backend: its libraries keep their loggers, which other tests in the process share."""

from collections.abc import Iterator

import pytest

from gradus.training import recording
from gradus.training.trl import dpo, grpo, sft


@pytest.fixture(scope="module", autouse=True)
def _own_loggers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (dpo, grpo, sft):
            patch.setattr(module, "quiet", lambda log: None)
        yield


@pytest.fixture
def _saves_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """States to resume from after every batch, however short it was."""
    monkeypatch.setattr(recording, "MIN_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr(recording, "MAX_SHARE_OF_TIME_SAVING", 1e9)
