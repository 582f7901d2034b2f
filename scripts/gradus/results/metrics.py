"""Training curves of a study as one frame."""

import pandas as pd

from gradus.provenance.files import read_json, read_json_lines
from gradus.results.folder import StudyFolder
from gradus.study.replicates import Run

TRAININGS = ("pretrain", "pretrain_text", "sft", "dpo", "grpo")


def read_metrics(folder: StudyFolder) -> pd.DataFrame:
    """The lines of every `metrics.jsonl`: experiment, seed, stage, step, and whatever its training measured there.

    Models that the study pretrains come first, with their names as experiments; what is no row of the table comes last.
    What a line does not have is missing: a held-out loss or reward has a line of its own.
    Empty where nothing is trained. Raises GradusError for a file that is missing or torn.
    """
    specs = {path.stem: read_json(path).get("stage") for path in sorted((folder.root / "specs/models").glob("*.json"))}
    stages = {name: stage for name, stage in specs.items() if stage in TRAININGS}
    order = {name: place for place, name in enumerate([*folder.settings.models, *(run.name for run in folder.runs)])}
    rows: list[dict[str, object]] = []
    for name in sorted(stages, key=lambda name: order.get(name, len(order))):
        run = Run.named(name)
        about = {"experiment": run.experiment, "seed": run.seed, "stage": stages[name]}
        rows += [about | line for line in read_json_lines(folder.file(f"models/{name}/metrics.jsonl"))]
    frame = pd.DataFrame(rows, columns=None if rows else ["experiment", "seed", "stage", "step"])
    for name in ("experiment", "stage"):
        frame[name] = pd.Categorical(
            frame[name], list(dict.fromkeys(frame[name]))
        )  # in this order, not by the alphabet
    return frame
