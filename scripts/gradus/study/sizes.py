"""Numbers beyond what they are taken from: problems of a set, positions of a model. Found before anything is made."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.estimates.known import KNOWN
from gradus.models.config_names import decoder_config
from gradus.problems.named import problem_source
from gradus.problems.source import PublishedSource
from gradus.study.asked import drawn_for
from gradus.study.extended import first_of
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.nanogpt import checkpoint_config
from gradus.study.problem_sets import chain_of
from gradus.study.settings.base import KeyPath
from gradus.study.settings.models import AnyModel, FolderModel, HubModel, MadeModel, NanogptModel
from gradus.study.settings.problems import Filters
from gradus.study.writers import writers


def size_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there and whose ancestry is no circle."""
    for name, settings in study.problems.items():
        if isinstance(settings, Filters) and settings.size is not None:
            there = _before_its_size(study, name)
            if there is not None and settings.size > there:
                what = f"{settings.size:,} are more than the {there:,} problems that there are"
                yield ("problems", name, "size"), f"{what}; lower it, or leave it out for all of them"
    lineage = Lineage(study)
    for model, keys, tokens in _texts(study, lineage):
        most = positions(study.models[first_of(study.models, model)])
        if most is not None and tokens >= most:
            what = f"{tokens:,} tokens leave no room for a prompt in the {most:,} positions of {model!r}"
            yield keys, f"{what} (max_position_embeddings); lower it, or take a model with more"
    for name, experiment in study.experiments.items():
        root = lineage.root(name)
        most = positions(study.models[first_of(study.models, root)])
        tokens = getattr(experiment, "max_length", None)
        if isinstance(tokens, int) and most is not None and tokens > most:
            what = f"{tokens:,} tokens are more than the {most:,} positions of {root!r} (max_position_embeddings)"
            yield ("experiments", name, "max_length"), f"{what}; lower it, or take a model with more"


def most_problems(study: Any, name: str) -> int | None:
    """How many problems a set can have; None where that is unknown before it is read, or the set does not exist."""
    if name not in study.problems or (most := _before_its_size(study, name)) is None:
        return None
    settings = study.problems[name]
    return min(most, settings.size or most) if isinstance(settings, Filters) else most


def _before_its_size(study: Any, name: str) -> int | None:
    """The same before the set's own `size`."""
    *_, origin = chain = chain_of(study.problems, name)
    if origin not in study.problems or origin in chain[:-1]:
        return None
    settings = study.problems[origin]
    source = problem_source(settings.source)
    if isinstance(source, PublishedSource):  # the largest good copy
        rows = settings.expect_rows or max(source.rows.get(source.part_of(settings), ()), default=None)
        known = [None if rows is None else source.most(settings, rows)]
        known += [expected[1] for expected in [source.expected_of(settings)] if expected is not None]
        known += [source.at_levels(settings, filtered.levels) for filtered in map(study.problems.__getitem__, chain)]
        most = min((number for number in known if number is not None), default=None)
    else:
        most = source.count(settings)
    sizes = [getattr(study.problems[one], "size", None) for one in chain[1:]]
    return min((count for count in (most, *sizes) if count is not None), default=None)


def _texts(study: Any, lineage: Lineage) -> Iterator[tuple[str, KeyPath, int]]:
    """Longest completions that are asked of a model: the model, the key that says how long, and the tokens."""
    for writer in writers(study):
        yield lineage.root(writer.name), (*writer.keys, "max_tokens"), writer.max_tokens
    roots = {name: lineage.root(name) for name in study.experiments}
    for name, experiment in study.experiments.items():
        if experiment.stage == "grpo":
            yield roots[name], ("experiments", name, "max_tokens"), experiment.max_tokens
    for name, benchmark in study.benchmarks.items():
        asked = (roots[experiment] for experiment in study.experiments if name in drawn_for(study, experiment))
        for model in dict.fromkeys(asked):
            yield model, ("benchmarks", name, "max_tokens"), benchmark.max_tokens


def positions(model: AnyModel) -> int | None:
    """How many tokens a model takes, prompt and completion together; None where it is not known yet."""
    if isinstance(model, MadeModel):
        return model.architecture.max_position_embeddings
    if isinstance(model, HubModel):  # of GPT-2's alone they are known, as their number decides its size
        return KNOWN[model.repo].positions or None if model.repo in KNOWN else None
    if isinstance(model, NanogptModel):
        return decoder_config(checkpoint_config(model))["max_position_embeddings"]
    config = Path(model.path, "config.json") if isinstance(model, FolderModel) else None
    if config is None or not os.path.isfile(config):
        return None
    try:
        said = json.loads(config.read_bytes())
    except ValueError:
        return None  # what is wrong with the folder is told by `shapes`
    if not isinstance(said, dict):
        return None
    found = decoder_config(said).get("max_position_embeddings")
    return found if isinstance(found, int) else None
