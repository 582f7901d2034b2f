"""Which tokens may be drawn (`top_p`, `top_k`, `min_p`), and samplers that lack one of these settings."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

from gradus.sampling.capabilities import sampler_capabilities, samplers
from gradus.study.asked import drawn_for
from gradus.study.mistakes import Mistake
from gradus.study.services import sampler_of
from gradus.study.settings.base import KeyPath
from gradus.study.settings.truncation import WHOLE, Truncation
from gradus.study.verifiers import rows
from gradus.study.votes import voted_cells
from gradus.study.writers import writers


def truncation_of(study: Any, name: str) -> Truncation:
    """Of a benchmark: its own settings, else the study's. Greedy answers have none."""
    benchmark, study_wide = study.benchmarks[name], study.sampling
    if (study_wide.temperature if benchmark.temperature is None else benchmark.temperature) == 0:
        return WHOLE
    own = {key: getattr(benchmark, key) for key in Truncation.model_fields}
    return Truncation(**{key: getattr(study_wide, key) if value is None else value for key, value in own.items()})


def truncation_mistakes(study: Any) -> Iterator[Mistake]:
    """Keys that the sampler in use does not have, each told once."""
    told: set[KeyPath] = set()
    for keys, chosen, sampler in _drawn(study):
        for key in sampler_capabilities(sampler).lacks:
            if getattr(chosen, key) != getattr(WHOLE, key) and (*keys, key) not in told:
                told.add((*keys, key))
                able = " or ".join(name for name in samplers() if key not in sampler_capabilities(name).lacks)
                what = f"sampler: {sampler} has no {key}"
                yield (*keys, key), f"{what}; remove this key, or set sampler: {able}"


def _drawn(study: Any) -> Iterator[tuple[KeyPath, Truncation, str]]:
    """All that is drawn, with the place that says how, and by which sampler."""
    for experiment in rows(study):
        for name in drawn_for(study, experiment):
            chosen = truncation_of(study, name)
            sampler = sampler_of(study, experiment, name)
            yield ("benchmarks", name), Truncation(**_own(study.benchmarks[name], chosen)), sampler
            yield ("sampling",), Truncation(**_inherited(study.benchmarks[name], chosen)), sampler
    for experiment, name in voted_cells(study):
        yield ("votes",), study.votes, sampler_of(study, experiment, name)
    for writer in writers(study):
        group, *inside = map(str, writer.keys)
        settings = getattr(study, group)[inside[0]]
        yield writer.keys, reduce(getattr, inside[1:], settings), writer.sampler


def _own(benchmark: Any, chosen: Truncation) -> dict[str, Any]:
    """Those keys that a benchmark says itself."""
    return {key: value for key, value in chosen if getattr(benchmark, key) is not None}


def _inherited(benchmark: Any, chosen: Truncation) -> dict[str, Any]:
    return {key: value for key, value in chosen if getattr(benchmark, key) is None}
