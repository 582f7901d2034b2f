"""What the scripts of this room are asked, on a tiny model."""

from pathlib import Path

from tiny import job_of, problems, traces

from gradus.problems.table import write_problems
from gradus.profiling.command import Command
from gradus.study.settings.profiling import Profiling
from gradus.traces.table import KEYS, write_traces

GRPO = {"steps": 8, "batch_size": 2, "group_size": 4, "max_tokens": 4, "rewards": {"random": {"weight": 1.0}}}
SFT = {"epochs": 4, "batch_size": 4}


def command(root: Path, weights: Path, name: str = "direct_rl", **profiling: object) -> Command:
    """To measure the pocket study's experiment `name` on the tiny model."""
    job = job_of(root / "results", name, **(SFT if name.startswith("sft") else GRPO))
    data = root / "results" / ("data.jsonl" if name.startswith("sft") else "data.parquet")
    if name.startswith("sft"):
        write_traces(data, [dict.fromkeys(KEYS, "") | trace for trace in traces()])
    else:
        write_problems(data, problems())
    paths = {"log": [str(root / "log.txt")], "weights": [str(weights)], "data": [str(data)]}
    out = root / "results" / "measured" / name
    return Command(Path(job.spec_path), paths, Profiling.model_validate(profiling), out, capture=False)
