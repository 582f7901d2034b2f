"""Numbers beyond what they are taken from: problems of a set, positions of a model. Found before anything is made."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.problems.source import PublishedSource
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import SOURCES, origin_of
from gradus.study.settings.base import KeyPath
from gradus.study.settings.models import AnyModel, FolderModel, PretrainedModel
from gradus.study.settings.problems import Filters, SubsetProblems


def size_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there and whose ancestry is no circle."""
    for name, settings in study.problems.items():
        if isinstance(settings, Filters) and settings.size is not None:
            there = _most_problems(study, name)
            if settings.size > there:
                what = f"{settings.size:,} are more than the {there:,} problems that there are"
                yield ("problems", name, "size"), f"{what}; lower it, or leave it out for all of them"
    lineage = Lineage(study)
    for model, keys, tokens in _texts(study, lineage):
        most = positions(study.models[model])
        if most is not None and tokens >= most:
            what = f"{tokens:,} tokens leave no room for a prompt in the {most:,} positions of {model!r}"
            yield keys, f"{what} (max_position_embeddings); lower it, or take a model with more"


def _most_problems(study: Any, name: str) -> int:
    """What a set can have at most before its own `size`."""
    origin = origin_of(study.problems, name)
    assert origin is not None  # all names are there
    settings = study.problems[origin]
    source = SOURCES[settings.source]
    if isinstance(source, PublishedSource):  # the largest good copy
        most = source.most(settings, settings.expect_rows or max(source.rows[source.part_of(settings)]))
    else:
        most = source.count(settings)
    subset = isinstance(study.problems[name], SubsetProblems)
    return min(most, settings.size or most) if subset else most


def _texts(study: Any, lineage: Lineage) -> Iterator[tuple[str, KeyPath, int]]:
    """Longest completions that are asked of a model: the model, the key that says how long, and the tokens."""
    for name, traces in study.traces.items():
        if traces.kind == "distilled":
            yield traces.teacher, ("traces", name, "max_tokens"), traces.max_tokens
    roots = {name: lineage.root(name) for name in study.experiments}
    for name, experiment in study.experiments.items():
        if experiment.stage == "grpo":
            yield roots[name], ("experiments", name, "max_tokens"), experiment.max_tokens
    for name, benchmark in study.benchmarks.items():
        for model in dict.fromkeys(roots.values()):
            yield model, ("benchmarks", name, "max_tokens"), benchmark.max_tokens


def positions(model: AnyModel) -> int | None:
    """How many tokens a model takes, prompt and completion together; None where it is not known yet."""
    if isinstance(model, PretrainedModel):
        return model.architecture.max_position_embeddings
    config = Path(model.path, "config.json") if isinstance(model, FolderModel) else None
    if config is None or not os.path.isfile(config):
        return None
    try:
        said = json.loads(config.read_bytes())
    except ValueError:
        return None  # what is wrong with the folder is told by `shapes`
    found = said.get("max_position_embeddings") if isinstance(said, dict) else None
    return found if isinstance(found, int) else None
