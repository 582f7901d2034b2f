"""The rows of metrics.jsonl, to wandb as well: offline unless WANDB_MODE says otherwise."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradus.provenance.job import Job


class Tracker:
    """A wandb run of one job. `WANDB_MODE=online` sends it, `WANDB_MODE=disabled` uses no wandb at all.

    wandb has a process of its own. Where that is gone, as when a scheduler asks all processes to end, training goes on
    without it.
    """

    def __init__(self, job: Job[Any]) -> None:
        self._job = job
        self._run: Any = None
        mode = os.environ.get("WANDB_MODE", "offline")
        if mode == "disabled" or not job.speaks:
            return
        import wandb

        folder = Path(job.spec_path.split("/specs/")[0], ".wandb")
        folder.mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(silent=True, console="off", x_disable_stats=True, x_disable_meta=True)
        project, name = folder.parent.name, job.name.split("/")[-1]
        self._run = wandb.init(
            project=project,
            name=name,
            dir=str(folder),
            mode=mode,  # ty: ignore[invalid-argument-type] wandb refuses what it does not know
            config=job.settings.model_dump(mode="json"),
            settings=settings,
        )

    def log(self, row: dict[str, Any]) -> None:
        self._ask(lambda run: run.log({key: value for key, value in row.items() if key != "step"}, step=row["step"]))

    def close(self) -> None:
        self._ask(lambda run: run.finish())

    def _ask(self, call: Callable[[Any], None]) -> None:
        if self._run is None:
            return
        from wandb.errors import Error

        try:
            call(self._run)
        except (OSError, Error) as error:
            self._job.log(f"wandb has ended ({error}); from here on metrics are kept in metrics.jsonl alone")
            self._run = None
