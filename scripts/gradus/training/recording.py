"""What every training loop records, and when it saves its state."""

import time
from typing import Any

from gradus.provenance.job import Job
from gradus.training.tracking import Tracker

MIN_SECONDS_BETWEEN_SAVES = 1.0
"""When state is saved does not change what a run ends in."""

MAX_SHARE_OF_TIME_SAVING = 0.02
"""Of a run's wall time: the slower saving is, the longer until the next time."""


class Recording:
    """Rows of metrics.jsonl, with the progress and wandb beside them.

    A loop that goes back to a saved state also drops the rows after it; rows that are made again reach wandb once.
    """

    def __init__(self, job: Job[Any], total: int, done: int = 0, rows: list[dict[str, Any]] | None = None) -> None:
        """`rows`: of the `done` steps, of `total`, that an earlier run of the job left in its state."""
        self.rows = rows or []
        if done:
            job.log(f"resumes after step {done} of {total}")
        self._seen = len(self.rows)
        self._tracker = Tracker(job)
        self._progress = job.progress(total, "steps", start=done)

    def add(self, row: dict[str, Any], shown: str) -> None:
        """Record a step's metrics; `shown` is the one that the progress shows."""
        self.note(row)
        self._progress.update(1, **{shown: row[shown]})

    def note(self, row: dict[str, Any]) -> None:
        """Record metrics that are not a step's own, such as a held-out loss."""
        self.rows.append({k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()})
        if len(self.rows) > self._seen:
            self._seen = len(self.rows)
            self._tracker.log(row)

    def back_to(self, rows: list[dict[str, Any]], steps: int) -> None:
        """Drop what came after the saved `rows`; `steps` steps are undone."""
        self.rows = list(rows)
        self._progress.update(-steps)

    def close(self) -> list[dict[str, Any]]:
        """End the run. Returns all rows, those from before a kill included."""
        self._progress.__exit__()
        self._tracker.close()
        return self.rows


class SaveTimer:
    """Whether to save again: by how long the last time took, and where the run was asked to end."""

    def __init__(self, job: Job[Any]) -> None:
        self._job = job
        self._at = time.monotonic()

    def is_due(self) -> bool:
        return self._job.resumes and (self._job.stop_signal.received or time.monotonic() >= self._at)

    def saved(self, begin: float) -> None:
        """Note that a save that started at `begin` (time.monotonic) is finished."""
        end = time.monotonic()
        self._at = end + max(MIN_SECONDS_BETWEEN_SAVES, (end - begin) / MAX_SHARE_OF_TIME_SAVING)
