"""Which experiments are verifiers, and which are rows of the tables."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.comparisons import named_pairs
from gradus.study.mistakes import Mistake
from gradus.study.settings.base import KeyPath
from gradus.study.settings.traces import JudgedTraces, MixedTraces
from gradus.study.settings.training import trace_weights
from gradus.study.trace_sets import TraceSet

OF_VERIFIER = ("verifier", "verifier_best")
"""Weightings of votes that need a verifier's scores."""


def parts_of(traces: Mapping[str, TraceSet], names: Iterable[str]) -> Iterator[TraceSet]:
    """The trace sets of these names, of a mix its parts. Names that are not there are left out."""
    for name in names:
        settings = traces.get(name)
        if isinstance(settings, MixedTraces):
            yield from (traces[part] for part in settings.parts if part in traces)
        elif settings is not None:
            yield settings


def is_verifier(study: Any, name: str) -> bool:
    """Whether an experiment is fine-tuned on judged traces alone, so that all it can say is right or wrong."""
    if study.experiments[name].stage != "sft":
        return False
    learned = list(parts_of(study.traces, trace_weights(getattr(study.experiments[name], "traces", []))))
    return bool(learned) and all(isinstance(traces, JudgedTraces) for traces in learned)


def question_of(study: Any, name: str) -> str:
    """What a verifier learned to answer."""
    return next(traces.question for traces in _judged(study, name))


def verifier_mistakes(study: Any) -> Iterator[Mistake]:
    """Of the votes' verifier. For studies whose names of experiments and trace sets are there."""
    name, keys = study.votes.verifier, ("votes", "verifier")
    used = [weighting for weighting in study.votes.weights if weighting in OF_VERIFIER]
    if name is None:
        if used:
            yield keys, f"votes.weights has {used[0]}; name the experiment that scores, or take it out there"
    elif name in study.experiments:
        if not used:
            yield keys, f"nothing uses its scores; add {' or '.join(OF_VERIFIER)} to votes.weights, or remove this key"
        if not is_verifier(study, name):
            what = f"{name!r} is not trained on judged traces alone"
            yield keys, f"{what}; name an experiment of stage sft whose traces are of kind: judged"
        elif len(questions := {traces.question for traces in _judged(study, name)}) > 1:
            what = f"{name!r} learned {len(questions)} questions"
            yield keys, f"{what}; give its judged traces the same `question`"
        elif not sampler_capabilities(sampler := study.experiments[name].sampler or study.sampling.sampler).chooses:
            what = f"sampler: {sampler} tells no probabilities of given words"
            yield keys, f"{what}; set another sampler on {name!r}"


def _judged(study: Any, name: str) -> Iterator[JudgedTraces]:
    learned = parts_of(study.traces, trace_weights(getattr(study.experiments[name], "traces", [])))
    return (traces for traces in learned if isinstance(traces, JudgedTraces))


def rows(study: Any) -> list[str]:
    """The experiments that are rows of the tables, in order: they alone are asked the benchmarks' problems."""
    shown = {name: experiment.show for name, experiment in study.experiments.items()}
    return [name for name, show in shown.items() if (not is_verifier(study, name) if show is None else show)]


def row_mistakes(study: Any) -> Iterator[Mistake]:
    """Experiments that are compared or voted with and are no rows."""
    there = rows(study)
    named: list[tuple[KeyPath, str]] = [(("comparisons", "baseline"), study.comparisons.baseline)]
    for keys, pair in named_pairs(study.comparisons):
        named += [(keys, name) for name in pair]
    named += [(("votes", "experiments", index), name) for index, name in enumerate(study.votes.experiments)]
    for keys, name in named:
        if name in study.experiments and name not in there:
            what = f"{name!r} is no row of the table, so nothing is measured of it"
            yield keys, f"{what}; name another experiment, or set its `show: true`"
