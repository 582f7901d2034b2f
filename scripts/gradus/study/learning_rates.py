"""`learning_rate: auto`, which is known for some families of models."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from gradus.models.config_names import GPT2
from gradus.specs.training import RateFamily
from gradus.study.extended import first_of
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.models import (
    AnyModel,
    FolderModel,
    HubModel,
    MadeModel,
    NanogptModel,
    TinkerModel,
)
from gradus.study.settings.training import Sft, Trained

FAMILIES: tuple[RateFamily, ...] = get_args(RateFamily)


def rate_family(study: Any, lineage: Lineage, experiment: str) -> RateFamily | None:
    """By which family's rule an experiment's learning rate is found; None where it is a number, or the family has no
    rule."""
    settings = study.experiments[experiment]
    if not isinstance(settings, Trained) or settings.learning_rate != "auto":
        return None
    said = _said_of(study.models, lineage.root(experiment)).lower()
    return next((family for family in FAMILIES if family in said), None)


def rate_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there and whose ancestry is no circle."""
    lineage = Lineage(study)
    for name, experiment in study.experiments.items():
        if not isinstance(experiment, Trained) or experiment.learning_rate != "auto":
            continue
        keys, root = ("experiments", name, "learning_rate"), lineage.root(name)
        if not isinstance(experiment, Sft | Grpo):
            yield keys, f"auto is a rule for sft and grpo, not for {experiment.stage}; name a rate, such as 5e-6"
        elif experiment.method == "full":
            yield keys, "auto is a rule for adapters, and method: full trains none; name a rate, such as 1e-5"
        elif rate_family(study, lineage, name) is None:
            families, said = " and ".join(map(str.capitalize, FAMILIES)), _said_of(study.models, root)
            what = f"auto is known for models of {families}, and {root!r} is {said or 'unknown'}"
            yield keys, f"{what}; name a rate, such as 1e-4"


def _said_of(models: Mapping[str, AnyModel], name: str) -> str:
    """What a model's family is read from: as in the cookbook its published name, else what its config says."""
    model = models[first_of(models, name)]
    if isinstance(model, MadeModel):
        return model.architecture.family
    if isinstance(model, NanogptModel):
        return GPT2
    if isinstance(model, FolderModel):
        return _model_type(Path(model.path, "config.json"))
    if isinstance(model, HubModel):
        return model.repo
    assert isinstance(model, TinkerModel)  # the others extend one of these
    return model.name


def _model_type(config: Path) -> str:
    """Empty where the file is not there or torn, which is told elsewhere."""
    try:
        found = json.loads(config.read_bytes())
    except (OSError, ValueError):
        return ""
    return str(found.get("model_type", "")) if isinstance(found, dict) else ""
