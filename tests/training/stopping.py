"""Runs that are stopped and go on, for tests that compare them with whole ones."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gradus.provenance.job import Job
from gradus.provenance.stop_signals import Stopped
from gradus.training import recording
from gradus.training.recording import Recording


@contextmanager
def stopped_before(step: int) -> Iterator[None]:
    """The run in this block is stopped when it is about to record this step."""
    with _at(step, _interrupt), pytest.raises(KeyboardInterrupt):
        yield


@contextmanager
def asked_to_end_at(step: int, of: int, job: Job[Any], in_flight: int = 0) -> Iterator[None]:
    """The run in this block gets SIGTERM as it records this step, and ends with it saved, which no timer asks for.

    in_flight: steps after it that are finished too.
    """
    said = f"^stopped by SIGTERM at step {step + in_flight} of {of}; the next run goes on from there$"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "MIN_SECONDS_BETWEEN_SAVES", 1e9)
        with _at(step, _terminate), job.stop_signal.handled(), pytest.raises(Stopped, match=said):
            yield


def _interrupt() -> None:
    raise KeyboardInterrupt


def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _at(step: int, act: Any) -> Iterator[None]:
    add = Recording.add

    def acting(self: Recording, row: dict[str, Any], shown: str) -> None:
        if row["step"] == step:
            act()
        add(self, row, shown)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recording, "add", acting)
        yield
