"""Training by the implementation that the job's spec names: a module with a function `train`."""

import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.models.describe import clear_model, write_manifest
from gradus.models.manifest import MANIFEST
from gradus.models.opened import open_model
from gradus.provenance.job import Job
from gradus.specs.training import T
from gradus.training.metrics import write_metrics


def train(job: Job[T], data: Sequence[Any], data_files: Sequence[Path]) -> None:
    """Train on `data`, which was read from `data_files`, or resume it; write model, checkpoints and metrics.jsonl.

    The backend's `train(job, model, data, state_folder, out)` returns the rows of metrics.jsonl. The manifest of
    the model comes last.
    """
    weights, out = job.files("weights"), job.path("model").parent
    model = open_model(weights)
    (out / MANIFEST).unlink(missing_ok=True)
    state = job.state_folder(*data_files, *weights)
    if job.attempts == 1:
        # Left by a run with other settings: maybe at other steps, or a model of another kind.
        shutil.rmtree(out / "checkpoints", ignore_errors=True)
        clear_model(out)
    backend, *_ = job.modules  # and the algorithm, and the parts of its reward
    rows = import_module(backend).train(job, model, data, state, out)
    model.check()  # it is still the one that was opened
    write_metrics(job.path("metrics"), rows)
    write_manifest(out, base=model.dense / MANIFEST, step=rows[-1]["step"])
