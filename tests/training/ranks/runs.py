"""Runs of the loops on a model of transformers, by a process alone or by each of `Processes`."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from safetensors.torch import load_file
from tiny import job_of, problems, traces, verdicts_by_text
from torch import Tensor

from gradus.problems.table import write_problems
from gradus.training import recording
from gradus.training.ranks import Ranks
from gradus.training.recorder import Recorder
from gradus.training.torch import grpo, sft
from model_folders import model_of

NETWORK = "gradus.training.torch.module.network"
GRPO = {
    "steps": 3,
    "batch_size": 5,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": 2,
    "learning_rate": 3e-3,
    "kl_coef": 0.05,
    "rewards": {"correct": {"weight": 1.0}},
}
SFT = {"epochs": 2, "batch_size": 5, "learning_rate": 3e-3, "held_out_share": 0.2}
TIMES = ("seconds", "tokens_per_second")


def run(root: Path, stage: str, weights: list[Path], **settings: Any) -> list[dict[str, Any]]:
    """The rows of a run that starts or resumes below `root`, without times."""
    ranks = Ranks.join()
    own = root / f"rank-{ranks.number}"
    write_problems(own / "held_out.parquet", problems(3))
    loop, name = (grpo, "direct_rl") if stage == "grpo" else (sft, "sft_custom")
    paths = {"held_out": [str(own / "held_out.parquet")]}
    job = job_of(own, name, paths, **(GRPO if stage == "grpo" else SFT) | settings)
    backend, _, *others = job.modules
    job.modules = (backend, NETWORK, *others)
    (root / "state").mkdir(exist_ok=True)
    data = problems() if stage == "grpo" else traces(12)
    with ExitStack() as stack:
        stack.enter_context(patch("gradus.training.groups.grade_completions", verdicts_by_text))
        stack.enter_context(patch.object(recording.SaveTimer, "is_due", lambda _: True))
        rows = loop.train(job, model_of(*weights), data, root / "state", root / "out")
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def trained(folder: Path) -> dict[str, Tensor]:
    (file,) = folder.glob("*.safetensors")
    return load_file(file)


class Killed(Exception):
    pass


def run_until(root: Path, stage: str, weights: list[Path], step: int, **settings: Any) -> None:
    """The same, that ends with nothing said as it is about to record this step."""
    add = Recorder.add

    def stop(self: Recorder, row: dict[str, Any], shown: str) -> None:
        if row["step"] == step:
            raise Killed
        add(self, row, shown)

    with patch.object(Recorder, "add", stop), suppress(Killed):
        run(root, stage, weights, **settings)
        raise AssertionError(f"it has not come to step {step}")
