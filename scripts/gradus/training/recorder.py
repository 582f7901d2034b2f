"""Steps of a training run on this machine: counted, resumed, recorded."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.job import Job
from gradus.training.optimizer import Optimizer
from gradus.training.recording import Recording, SaveTimer
from gradus.training.state import SavedState, StateFile, TrainingState


class Recorder(Recording):
    """Drives a loop over steps, saves its state now and then, and resumes where an earlier run was killed.

    What a loop carries from step to step besides parameters and moments goes into `carried`, as JSON values.
    """

    def __init__(
        self,
        job: Job[Any],
        folder: Path,
        optimizer: Optimizer,
        total: int,
        carried: dict[str, Any] | None = None,
        saved: SavedState | None = None,
    ) -> None:
        """saved: where several processes keep their state together."""
        self._job, self._optimizer, self._total = job, optimizer, total
        self._saved = saved or StateFile(folder)
        self._state = self._saved.load(optimizer) or TrainingState(carried=carried or {})
        super().__init__(job, total, self._state.step, self._state.metrics)

    @property
    def carried(self) -> dict[str, Any]:
        return self._state.carried

    def steps(self, before_save: Callable[[], None] = lambda: None) -> Iterator[int]:
        """The steps still to do, counted from 0. A step counts as done when the loop asks for the next.

        before_save: has what is carried ready to be saved.
        Raises Stopped between two steps where the job was asked to end.
        """
        stop_signal = self._job.stop_signal
        timer = SaveTimer(self._job)
        with stop_signal.deferring():
            for step in range(self._state.step, self._total):
                yield step
                self._state.step, self._state.metrics = step + 1, self.rows
                if step + 1 < self._total and self._saved.any(timer.is_due()):
                    stops = self._saved.any(stop_signal.received)
                    begin = time.monotonic()
                    before_save()
                    self._saved.save(self._state, self._optimizer)
                    self._job.keep_time()
                    timer.saved(begin)
                    if stops:
                        stop_signal.reached(f"step {step + 1} of {self._total}", elsewhere=True)
