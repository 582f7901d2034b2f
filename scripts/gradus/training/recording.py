"""What every training loop records as it goes, and when saving its state is worth the time."""

import time
from typing import Any

from gradus.provenance.job import Job
from gradus.training.tracking import Tracker

LEAST_SECONDS = 1.0
"""Between states to resume from. When state is saved does not change what a run ends in."""

MOST_SHARE = 0.02
"""Of a run's time that may go into saving its state: the slower that is, the seldomer it is done."""


class Recording:
    """Rows of metrics.jsonl, with the progress and wandb beside them.

    A loop that goes back to a saved state takes its rows back too; those that it makes again reach wandb once.
    """

    def __init__(self, job: Job, total: int, done: int = 0, rows: list[dict[str, Any]] | None = None) -> None:
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
        """Record metrics that are no step of their own, such as a held-out loss."""
        self.rows.append({k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()})
        if len(self.rows) > self._seen:
            self._seen = len(self.rows)
            self._tracker.log(row)

    def back_to(self, rows: list[dict[str, Any]], steps: int) -> None:
        """Forget what came after the saved `rows`; `steps` were undone since."""
        self.rows = list(rows)
        self._progress.update(-steps)

    def close(self) -> list[dict[str, Any]]:
        """End the run. Returns all rows, those from before a kill included."""
        self._progress.__exit__()
        self._tracker.close()
        return self.rows


class Due:
    """Whether saving is worth its time again, by what it took the last time."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def now(self) -> bool:
        return time.monotonic() >= self._at

    def saved(self, begin: float) -> None:
        """Note that saving, begun at `begin`, is over."""
        end = time.monotonic()
        self._at = end + max(LEAST_SECONDS, (end - begin) / MOST_SHARE)
