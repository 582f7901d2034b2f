"""Pretraining on a small text, by a process alone or by one of several."""

import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from gradus.corpora.shards import Shards, write_shard
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.base import Spec
from gradus.specs.models import PretrainTextSpec
from gradus.study.settings.models import Architecture
from gradus.training import recording
from gradus.training.ranks import Ranks
from gradus.training.torch.module.untrained import Untrained, untrained_model
from gradus.training.torch.pretrain_text import pretrain_text

ROWS, LENGTH = 60, 16
SHAPE = Architecture(
    family="gpt2",
    vocab_size=270,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    head_dim=16,
    max_position_embeddings=32,
)
SETTINGS: dict[str, Any] = {
    "steps": 6,
    "batch_size": 8,
    "sequence_length": LENGTH,
    "micro_batch": 3,
    "learning_rate": 1e-2,
    "warmup_steps": 2,
    "evaluate_every": 4,
}


def save_shards(folder: Path, trained: int = ROWS * LENGTH + 1, held_out: int = 5 * LENGTH + 3) -> Shards:
    """A text that repeats itself, of which there is something to learn, in several files."""
    drawn, folder = random.Random(0), folder
    ids = np.array([(7 * place + drawn.randrange(3)) % 90 for place in range(trained + held_out)], np.uint16)
    cut = trained // 3
    train = [write_shard(folder, "train", 0, ids[:cut]), write_shard(folder, "train", 1, ids[cut:trained])]
    shards = Shards(
        dtype="uint16",
        rows=270,
        ends=[2],
        documents=9,
        left_out=0,
        injected=0,
        train=train,
        eval=[write_shard(folder, "eval", 0, ids[trained:])],
    )
    shards.write(folder)
    return shards


def untrained(settings: PretrainTextSpec) -> Untrained:
    shape = settings.architecture.model_dump()
    family = shape.pop("family")
    return untrained_model(family, shape | {"eos_token_id": 2, "pad_token_id": None}, settings.seed, ternary=False)


def text_job(root: Path, **changed: Any) -> Job[PretrainTextSpec]:
    settings = PretrainTextSpec(**SETTINGS | {"architecture": SHAPE, "seed": 3, "shards": "shards/base"} | changed)
    spec = Spec(stage="pretrain_text", name="models/base", modules=[], settings=settings, fingerprint="-")
    path = root / "specs/models/base.json"
    write_json(path, spec.model_dump(mode="json", serialize_as_any=True))
    return Job(str(path), {}, PretrainTextSpec)


def run(root: Path, shards: Path, **changed: Any) -> list[dict[str, Any]]:
    """The rows of a run that starts or resumes below `root`, whose state is saved after each step."""
    job = text_job(root / f"rank-{Ranks.join().number}", **changed)
    (root / "state").mkdir(exist_ok=True, parents=True)
    made = untrained(job.settings)
    with patch.object(recording.SaveTimer, "is_due", lambda _: True):
        read = Shards.read(shards / "shards.json")
        return pretrain_text(job, made.model, read, shards, root / "state", root / "out")
