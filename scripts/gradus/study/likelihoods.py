"""Benchmarks by likelihood: what has no effect on them, and problems without a text that options continue."""

from collections.abc import Iterator
from typing import Any

from gradus.problems.named import problem_source
from gradus.problems.source import PublishedSource
from gradus.study.mistakes import Mistake
from gradus.study.problem_sets import SOURCES, origin_of
from gradus.study.settings.own_modules import is_own
from gradus.study.settings.problems import Benchmark

OF_WRITTEN_ANSWERS = ("max_tokens", "prompt", "inject", "grading", "samples", "temperature", "top_p", "top_k", "min_p")
"""Keys of a benchmark that say how it is asked, and how answers are drawn and graded."""


def likelihood_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there, too: a set that is not there is told elsewhere."""
    measured = {name: benchmark for name, benchmark in study.benchmarks.items() if benchmark.metric is not None}
    for name, benchmark in measured.items():
        for key in OF_WRITTEN_ANSWERS:
            if getattr(benchmark, key) != Benchmark.model_fields[key].default:
                what = f"has no effect where a metric ({benchmark.metric}) has options read and no answer written"
                yield ("benchmarks", name, key), f"{what}; remove this key, or the metric"
        if what := _lacks_contexts(study, benchmark.problems):
            yield ("benchmarks", name, "metric"), f"{what}; measure another set, or remove the metric"
    for index, name in enumerate(study.votes.benchmarks or []):
        if name in measured:
            what = f"{name!r} has a metric, so there are no samples to vote with"
            yield ("votes", "benchmarks", index), f"{what}; take it out here"


def _lacks_contexts(study: Any, problems: str) -> str:
    """Why the options of a set continue no text, and of which sets they do; empty where they do, or where that is only
    known once the problems are there."""
    origin = origin_of(study.problems, problems)
    if origin is None or is_own(study.problems[origin].source):
        return ""
    settings = study.problems[origin]
    source = problem_source(settings.source)
    if isinstance(source, PublishedSource) and source.continued(settings):
        return ""
    if hasattr(settings, "columns"):
        return f"{origin!r} names no column of texts that options continue (`columns.context`)"
    always = [name for name, one in SOURCES.items() if isinstance(one, PublishedSource) and _always(one)]
    return f"problems of {settings.source} have no options that continue a text; those of {', '.join(always)} have"


def _always(source: PublishedSource[Any]) -> bool:
    """Whether all sets of a source have, whatever its settings."""
    return source.continued(source.settings.model_construct())
