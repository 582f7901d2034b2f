"""Checkpoints of nanoGPT that a study imports: whether they are there, and whose tokenizer they have."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.models.nanogpt_sizes import read_sizes
from gradus.provenance.errors import GradusError
from gradus.study.mistakes import Mistake
from gradus.study.settings.base import shown
from gradus.study.settings.models import NanogptModel


def nanogpt_mistakes(study: Any, expect: Any) -> Iterator[Mistake]:
    """Also what is wrong with a checkpoint itself, of which the sizes are read."""
    for name, model in study.models.items():
        if not isinstance(model, NanogptModel):
            continue
        here = ("models", name)
        there = expect((*here, "tokenizer"), model.tokenizer, study.models, "model")
        if there and isinstance(study.models[model.tokenizer], NanogptModel):
            what = f"{model.tokenizer!r} is a checkpoint too, which has no tokenizer of its own"
            yield (*here, "tokenizer"), f"{what}; name the model that both have it from"
        if not os.path.isfile(model.path):
            what = f"there is no checkpoint {shown(model.path)} (from {Path.cwd()})"
            yield (*here, "path"), f"{what}; correct the path, or copy the checkpoint to it"
            continue
        try:
            checkpoint_config(model)
        except GradusError as error:
            yield (*here, "path"), str(error)


def checkpoint_config(model: NanogptModel) -> dict[str, Any]:
    """The keys of its config.json that the checkpoint decides. Raises GradusError where it is none, or torn."""
    return read_sizes(Path(model.path)).config(model.gelu)
