"""A tiny model on disk and jobs on it, for tests of the training loops."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from gradus.grading.verdict import Verdict, grade
from gradus.graph.graph import Graph
from gradus.graph.job import Job as PlannedJob
from gradus.models.architecture import Architecture
from gradus.models.describe import write_manifest
from gradus.models.qwen3 import init_weights
from gradus.models.store import save_model
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.problems.pocket.corpus import documents
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.sampling.protocol import Completion
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group
from gradus.training.order import epoch_order
from gradus.training.problem_order import ProblemOrder
from gradus.training.torch.embedded import Engine, Start

POCKET = Path(__file__).resolve().parents[2] / "config" / "pocket.yaml"


def save_tiny_model(folder: Path, std: float = 0.3, hidden: int = 32, inner: int = 48, head_dim: int = 16) -> Path:
    """An untrained model with a tokenizer; returns its weight file."""
    texts = (text for pair in documents(400, 0, flawed_share=[0.0] * 5, flaws={}) for text in pair)
    tokenizer = train_tokenizer(texts, 320)
    arch = Architecture(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=head_dim,
        max_position_embeddings=512,
        eos_token_id=2,
        pad_token_id=0,
    )
    save_model(folder, arch, init_weights(arch, 0, std=std))
    save_tokenizer(folder, tokenizer)
    write_manifest(folder)
    return folder / "model.safetensors"


@cache
def pocket_jobs() -> dict[str, PlannedJob]:
    return Graph.read(POCKET).jobs


def job_of(root: Path, name: str, paths: dict[str, list[str]] | None = None, **settings: Any) -> Job[Any]:
    """A job with the settings of the pocket study's experiment, some changed; state goes below `root`."""
    planned = pocket_jobs()[f"models/{name}"]
    spec = planned.spec.model_dump(mode="json", serialize_as_any=True)
    path = root / "specs" / "models" / f"{name}.json"
    write_json(path, spec | {"settings": spec["settings"] | settings, "fingerprint": "-"})
    return Job(str(path), paths or {}, type(planned.settings))


def answering(start: Start) -> Engine:
    """What answers by a model of the embedded network as it is."""
    engine = Engine(start.arch, start.weights)
    engine.push()
    return engine


def made_group(
    right: Sequence[bool | None], lengths: Sequence[int] | None = None, rewards: Sequence[float] | None = None
) -> Group:
    """A group whose completions have these verdicts and lengths (1) and rewards (1 for a right answer)."""
    verdicts = [replace(grade("\\boxed{1}", "1"), correct=verdict) for verdict in right]
    completions = [Completion([7] * n, [-1.0] * n, "stop") for n in lengths or [1] * len(right)]
    values = list(rewards) if rewards is not None else [float(verdict is True) for verdict in right]
    return Group([1, 5, 6], completions, values, {"correct": values}, verdicts)


def verdicts_by_text(texts: Sequence[str], references: Sequence[str], methods: Sequence[str]) -> list[Verdict]:
    """In place of `grade_completions`: about half of any texts are right, whatever the answers."""
    verdict = grade("\\boxed{1}", "1")
    return [replace(verdict, correct=sum(text.encode()) % 2 == 0) for text in texts]


def problems(size: int = 12) -> list[Problem]:
    return generate_problems(name="t", split="train", size=size, levels=[1, 2], family="familiar", seed=0)


def order_of(settings: GrpoSpec, size: int = 12) -> ProblemOrder:
    """Over so many problems of one set."""
    return ProblemOrder.over(settings, {settings.sets[0]: size})


def problem_at(place: int, size: int, seed: int) -> int:
    """The problem at a place of an endless run of shuffled passes over `size` problems."""
    return epoch_order(size, seed, place // size)[place % size]


def traces(size: int = 10) -> list[dict[str, Any]]:
    """The shortest right answers to as many problems."""
    return [
        {
            "id": p.id,
            "messages": [
                {"role": "user", "content": p.problem},
                {"role": "assistant", "content": f"\\boxed{{{p.answer}}}"},
            ],
        }
        for p in problems(size)
    ]
