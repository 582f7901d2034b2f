"""Tests of the trl backend: its libraries keep their loggers, which other tests in the process share."""

import pytest

from gradus.training.trl import grpo, sft


@pytest.fixture(autouse=True)
def _own_loggers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (grpo, sft):
        monkeypatch.setattr(module, "quiet", lambda job: None)
