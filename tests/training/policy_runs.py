"""GRPO runs against the exact service of `fake_policy`, and what it was sent."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from fake_policy import Pass, PolicyService, serve
from tiny import job_of, problem_at, problems

from gradus.models.tokenizer import load_tokenizer
from gradus.problems.table import write_problems
from gradus.provenance.job import Job
from gradus.training.tinker import grpo
from model_folders import model_of

SETTINGS: dict[str, Any] = {
    "service": {"model": "m"},
    "steps": 5,
    "batch_size": 3,
    "group_size": 4,
    "max_tokens": 6,
    "checkpoint_every": 100,
    "rewards": {"random": {"weight": 1.0}},
    "learning_rate": 0.02,
    "schedule": "constant",
    "warmup_share": 0.0,
    "kl_coef": 0.0,
    "kl_guard": None,
    "overlap": 0,
    "loss": "ppo",
    "scale_advantages": False,
}
SIZE = 8
"""Problems: batches of 3 reach into the next epoch."""


class Training:
    """Runs of one job against one service."""

    def __init__(self, root: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.model, self.monkeypatch = root, model, monkeypatch
        self.fake = PolicyService(load_tokenizer(model.parent).get_vocab_size())
        serve(self.fake, monkeypatch)

    def job(self, curriculum: tuple[int, ...] = (), **settings: Any) -> Job:
        held_out = self.root / "held_out.parquet"
        sets = [self.root / f"set{number}.parquet" for number in range(len(curriculum))]
        rest = iter(problems(SIZE))
        for file, size in zip(sets, curriculum, strict=True):
            write_problems(file, list(islice(rest, size)))
        write_problems(held_out, problems(2))
        files = {"held_out": [str(held_out)], "log": [str(self.root / "log.txt")], "problems": list(map(str, sets))}
        return job_of(self.root, "direct_rl", files, **(SETTINGS | settings))

    def run(
        self, parent: Path | None = None, curriculum: tuple[int, ...] = (), **settings: Any
    ) -> list[dict[str, Any]]:
        """The rows of the steps. `parent`: the record of an adapter to continue. `curriculum`: how many problems each
        of several sets has."""
        job = self.job(curriculum, **settings)
        start = model_of(self.model) if parent is None else model_of(self.model, parent)
        rows = grpo.train(job, start, problems(SIZE), job.state_folder(), self.root / "out")
        self.measured = [row for row in rows if "held_out_reward" in row]
        return [row for row in rows if "loss" in row]

    def log(self) -> str:
        return (self.root / "log.txt").read_text(encoding="utf-8")

    def drawn(self) -> list[tuple[str, str]]:
        """Session and key of each group that was sampled to be trained on."""
        return [(session, q.key) for session, q in self.fake.asked if q.samples > 1]

    def updates(self) -> list[Pass]:
        """The passes that were followed by a step."""
        return [of for of in self.fake.passes if of.loss != "cross_entropy"]


def asked_problems(steps: int, batch: int = 3) -> list[str]:
    """Keys of the groups, step by step, problem after problem of shuffled epochs."""
    names = [problem.id for problem in problems(SIZE)]
    places = iter(range(steps * batch))
    return [f"{step}/{n}/{names[problem_at(next(places), SIZE, 0)]}" for step in range(steps) for n in range(batch)]


def completion_tokens(of: Pass) -> torch.Tensor:
    """Which tokens of a pass were sampled: old log-probabilities of prompts are 0."""
    return of.inputs("logprobs") != 0


def untimed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    timed = ("seconds", "tokens_per_second", "dollars")
    return [{key: value for key, value in row.items() if key not in timed} for row in rows]
