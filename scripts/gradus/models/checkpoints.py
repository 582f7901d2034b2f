"""Checkpoints beside a trained model, `checkpoints/step-NNNN`, and whole model folders as files."""

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from gradus.hub.contents import ORIGIN
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

LOWEST = ("held_out_loss",)
"""Metrics of which less is better."""

BESIDE = ("metrics.jsonl", ORIGIN, MANIFEST)
"""What is in a model's folder and is no part of the model, or is true of that folder only."""


def choose_checkpoint(end: Path, metrics: Sequence[dict[str, Any]], chosen: int | str, metric: str) -> Path:
    """The folder of the checkpoint after step `chosen`, or, where that is "best", of the one with the best `metric`.

    `end` is the manifest of the trained model, `metrics` the rows of its metrics.jsonl. Of equally good checkpoints
    the first is taken. Raises GradusError where there is no such checkpoint.
    """
    folder = end.parent / "checkpoints"
    steps = {step_of(path): path for path in sorted(folder.glob("step-*"))}
    again = f"if it should be there, remove {end} and run again"
    if chosen == "best":
        values = {row["step"]: row[metric] for row in metrics if row.get(metric) is not None and row["step"] in steps}
        if not values:
            held_out = "nothing was held out (raise held_out_share)" if metric in LOWEST else "nothing was held out"
            raise GradusError(f"{folder}: no checkpoint has a {metric} in metrics.jsonl: {held_out}; {again}")
        best = min(values.values()) if metric in LOWEST else max(values.values())
        chosen = min(step for step, value in values.items() if value == best)
    if chosen not in steps:
        kept = ", ".join(map(str, sorted(steps))) or "none"
        raise GradusError(f"{folder}: there is no checkpoint after step {chosen} (kept: {kept}); {again}")
    return steps[chosen]


def step_of(checkpoint: Path) -> int:
    """After how many steps the checkpoint in this folder was saved."""
    return int(checkpoint.name.removeprefix("step-"))


def copy_model(source: Path, out: Path, leave: Collection[str] = ()) -> None:
    """Copy the files of a model's folder, links as what they point to, but not the manifest nor those to leave."""
    files = [path for path in sorted(source.iterdir()) if path.is_file() and path.name[0] != "."]
    for path in sorted(files, key=lambda path: path.suffix == ".safetensors"):
        if path.name not in (*BESIDE, *leave):
            with replacing(out / path.name) as temporary:
                shutil.copyfile(path, temporary)
