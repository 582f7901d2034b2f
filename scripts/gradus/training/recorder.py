"""Steps of a training run: counted, resumed, recorded."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.job import Job
from gradus.training.optimizer import Optimizer
from gradus.training.state import TrainingState, load_state, save_state
from gradus.training.tracking import Tracker

LEAST_SECONDS = 1.0
"""Between states to resume from. When state is saved does not change what a run ends in."""

MOST_SHARE = 0.02
"""Of a run's time that may go into saving its state: the slower that is, the seldomer it is done."""


class Recorder:
    """Drives a loop over steps; saves state every few steps, and takes up where an earlier run was killed.

    What a loop carries from step to step beside parameters and moments goes into `carried`, as JSON values.
    """

    def __init__(
        self,
        job: Job,
        folder: Path,
        optimizer: Optimizer,
        total: int,
        carried: dict[str, Any] | None = None,
    ) -> None:
        self._job, self._folder, self._optimizer, self._total = job, folder, optimizer, total
        self._state = TrainingState(carried=carried or {})
        resumed = load_state(folder)
        if resumed is not None:
            self._state, tensors = resumed
            optimizer.restore(tensors)
            job.log(f"resumes after step {self._state.step} of {total}")
        self._tracker = Tracker(job)
        self._progress = job.progress(total, "steps", start=self._state.step)

    @property
    def carried(self) -> dict[str, Any]:
        return self._state.carried

    def steps(self) -> Iterator[int]:
        """The steps still to do, counted from 0. A step counts as done when the loop asks for the next."""
        due = time.monotonic()
        for step in range(self._state.step, self._total):
            yield step
            self._state.step = step + 1
            begin = time.monotonic()
            if begin >= due and step + 1 < self._total:
                save_state(self._folder, self._state, self._optimizer.state())
                self._job.keep_time()
                end = time.monotonic()
                due = end + max(LEAST_SECONDS, (end - begin) / MOST_SHARE)

    def add(self, row: dict[str, Any], shown: str) -> None:
        """Record a step's figures; `shown` is the one that the progress shows."""
        self.note(row)
        self._progress.update(1, **{shown: row[shown]})

    def note(self, row: dict[str, Any]) -> None:
        """Record figures that are no step of their own, such as a held-out loss."""
        self._state.metrics.append(
            {key: float(f"{value:.6g}") if isinstance(value, float) else value for key, value in row.items()}
        )
        self._tracker.log(row)

    def close(self) -> list[dict[str, Any]]:
        """End the run. Returns all rows, those from before a kill included."""
        self._progress.__exit__()
        self._tracker.close()
        return self._state.metrics
