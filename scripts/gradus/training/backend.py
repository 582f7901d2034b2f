"""Training by the implementation that the job's spec names: a module with a function `train`."""

import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.models.describe import clear_model, write_manifest
from gradus.models.manifest import MANIFEST
from gradus.models.opened import ModelFolders, open_model
from gradus.provenance.job import Job
from gradus.provenance.rank_job import hand_over, is_rank, work_in_ranks
from gradus.specs.training import FOUND_AS, T
from gradus.training.learning_rate import resolve_learning_rate
from gradus.training.metrics import write_metrics

RANKS = "gradus.training.ranks"
"""Loaded only where there are any: it takes torch, which the jobs of a service do without."""


def train(job: Job[T], data: Sequence[Any], data_files: Sequence[Path]) -> None:
    """Train on `data`, which was read from `data_files`, or resume it; write model, checkpoints and metrics.jsonl.

    The backend's `train(job, model, data, state_folder, out)` returns the rows of metrics.jsonl; before them comes one
    with the settings that were only known when it began. The manifest of the model comes last. Where the experiment
    trains on several GPUs, it is called in as many processes, the ranks, of which each returns the same rows, and the
    first writes what there is to write.
    """
    weights, out = job.files("weights"), job.path("model").parent
    if is_rank():
        checked = ModelFolders(*(path.parent for path in weights))
        hand_over(job, _trained(job, checked, data, job.state_folder(), out))
        import_module(RANKS).Ranks.leave()
        return
    model = open_model(weights)
    (out / MANIFEST).unlink(missing_ok=True)
    state = job.state_folder(*data_files, *weights)
    if job.attempts == 1:
        # Left by a run with other settings: maybe at other steps, or a model of another kind.
        shutil.rmtree(out / "checkpoints", ignore_errors=True)
        clear_model(out)
    gpus = job.settings.gpus
    rows = work_in_ranks(job, granted_ranks(job, gpus), state) if gpus > 1 else _trained(job, model, data, state, out)
    model.check()  # it is still the one that was opened
    write_metrics(job.path("metrics"), rows)
    write_manifest(out, base=model.dense / MANIFEST, step=rows[-1]["step"])


def _trained(job: Job[T], model: ModelFolders, data: Sequence[Any], state: Path, out: Path) -> list[dict[str, Any]]:
    loop = import_module(job.modules[0]).train  # the others are its network, the algorithm, the parts of its reward
    asked = job.settings
    resolve_learning_rate(job, model)
    rows = loop(job, model, data, state, out)
    found = {FOUND_AS[key]: value for key, value in job.settings if value != getattr(asked, key)}
    return [{"step": 0} | found, *rows] if found else rows


def granted_ranks(job: Job[Any], gpus: int) -> int:
    """A process for each of the GPUs that the build grants of those that the experiment asks for; they resume from the
    state of any other number. Without a GPU all of them run on the CPU."""
    visible = import_module("torch").cuda.device_count()
    if 0 < visible < gpus:
        job.log(f"trains on {visible} of the {gpus} GPUs that the experiment asks for, as no more are granted to it")
    return min(gpus, visible) or gpus
