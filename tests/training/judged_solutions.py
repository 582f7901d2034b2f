"""Judged traces of made problems, for tests of what learns from right against wrong solutions."""

from pathlib import Path
from typing import Any

from parity import OF_TRL
from tiny import pocket_jobs, problems

from gradus.provenance.job import Job
from gradus.specs.training import DpoSpec
from typed_jobs import typed_job


def judged(size: int = 12, right: int = 2, wrong: int = 2) -> list[dict[str, Any]]:
    """So many right and wrong solutions of each problem: a box, after as many words as tell them apart."""
    return [
        {
            "id": problem.id,
            "problem": problem.problem,
            "solution": f"{'so ' * place}\\boxed{{{int(problem.answer) + (not is_right)}}}",
            "right": is_right,
            "cut": False,
        }
        for problem in problems(size)
        for is_right, count in ((True, right), (False, wrong))
        for place in range(count)
    ]


def dpo_job(root: Path, files: dict[str, list[Path]] | None = None, **settings: Any) -> Job[DpoSpec]:
    """A job of the trl backend, with what the pocket study's SFT shares with it; state goes below `root`."""
    planned = pocket_jobs()
    shared = planned["models/sft_custom"].settings.model_dump() | OF_TRL
    known = {key: value for key, value in shared.items() if key in DpoSpec.model_fields}
    prompt = planned["models/direct_rl"].settings.model_dump()["prompt"]
    made = DpoSpec.model_validate(known | {"backend": "trl", "prompt": prompt} | settings)
    return typed_job(root, "models/dpo", made, files)
