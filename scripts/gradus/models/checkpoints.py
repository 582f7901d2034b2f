"""Checkpoints beside a trained model, `checkpoints/step-NNNN`, and whole model folders as files."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradus.hub.contents import ORIGIN
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

LOWEST = ("held_out_loss",)
"""Figures of which less is better."""

BESIDE = ("metrics.jsonl", ORIGIN, MANIFEST)
"""What is in a model's folder and is no part of the model, or is true of that folder only."""


def choose_checkpoint(end: Path, metrics: Sequence[dict[str, Any]], chosen: int | str, figure: str) -> Path:
    """The folder of the checkpoint after step `chosen`, or, where that is "best", of the one with the best `figure`.

    `end` is the file that the training ended in, `metrics` the rows of its metrics.jsonl. Of equally good checkpoints
    the first is taken. Raises GradusError where there is no such checkpoint.
    """
    folder = end.parent / "checkpoints"
    steps = {step_of(path): path for path in sorted(folder.glob("step-*"))}
    again = f"if it should be there, remove {end} and run again"
    if chosen == "best":
        figures = {row["step"]: row[figure] for row in metrics if row.get(figure) is not None and row["step"] in steps}
        if not figures:
            held_out = "nothing was held out (raise held_out_share)" if figure in LOWEST else "nothing was held out"
            raise GradusError(f"{folder}: no checkpoint has a {figure} in metrics.jsonl: {held_out}; {again}")
        best = min(figures.values()) if figure in LOWEST else max(figures.values())
        chosen = min(step for step, value in figures.items() if value == best)
    if chosen not in steps:
        kept = ", ".join(map(str, sorted(steps))) or "none"
        raise GradusError(f"{folder}: there is no checkpoint after step {chosen} (kept: {kept}); {again}")
    return steps[chosen]


def step_of(checkpoint: Path) -> int:
    """After how many steps the checkpoint in this folder was saved."""
    return int(checkpoint.name.removeprefix("step-"))


def copy_model(source: Path, out: Path) -> None:
    """Copy the files of a model's folder, links as what they point to, but not the manifest."""
    files = [path for path in sorted(source.iterdir()) if path.is_file() and path.name[0] != "."]
    for path in sorted(files, key=lambda path: path.suffix == ".safetensors"):
        if path.name not in BESIDE:
            with replacing(out / path.name) as temporary:
                shutil.copyfile(path, temporary)
