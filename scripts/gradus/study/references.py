"""Published values beside the measured ones. They are part of the tables' specs and of no others."""

from collections.abc import Iterator
from typing import Any

from gradus.study.mistakes import Mistake
from gradus.study.settings.published import PublishedNumber
from gradus.study.trace_checks import Expect
from gradus.study.votes import voted_cells


def reference_mistakes(study: Any, expect: Expect) -> list[Mistake]:
    """References to what the study does not measure, and values that nobody is said to have published."""
    mistakes: list[Mistake] = []
    voted = set(voted_cells(study))
    for name, experiment in study.experiments.items():
        for benchmark in experiment.reference:
            expect(("experiments", name, "reference", benchmark), benchmark, study.benchmarks, "benchmark")
        for benchmark in experiment.reference_tokens:
            expect(("experiments", name, "reference_tokens", benchmark), benchmark, study.benchmarks, "benchmark")
        for benchmark in experiment.reference_parts:
            here = ("experiments", name, "reference_parts", benchmark)
            if expect(here, benchmark, study.benchmarks, "benchmark") and study.benchmarks[benchmark].parts is None:
                mistakes.append((here, f"{benchmark!r} has no parts; set its `parts`, or remove this reference"))
        for benchmark, votes in experiment.reference_votes.items():
            here = ("experiments", name, "reference_votes", benchmark)
            if not expect(here, benchmark, study.benchmarks, "benchmark"):
                continue
            if (name, benchmark) not in voted:
                what = f"{name!r} does not vote on {benchmark!r}; name both in `votes`, or remove this reference"
                mistakes.append((here, what))
                continue
            for vote in votes:
                if int(vote.partition("@")[2]) not in study.votes.k:
                    known = ", ".join(map(str, study.votes.k))
                    mistakes.append(((*here, vote), f"votes.k has {known}; add this one, or remove the reference"))
    if not study.reference_source and any(any(_references(each)) for each in study.experiments.values()):
        mistakes.append((("reference_source",), "say who published the reference values of the experiments"))
    return mistakes


def _references(experiment: Any) -> Iterator[Any]:
    """All that is published of it, group by group."""
    groups = ("reference", "reference_parts", "reference_votes", "reference_tokens", "reference_costs")
    yield from (getattr(experiment, name, None) for name in (*groups, "reference_losses"))


def published_from(study: Any) -> dict[str, str]:
    """Who published the study's reference values; nothing where it has none."""
    return {"published_from": study.reference_source} if study.reference_source else {}


def published(experiment: Any) -> dict[str, dict[str, Any]]:
    """An experiment's published accuracies for the ablation, as shares, and those of parts; nothing where there are
    none."""
    shares = {name: _as_share(number) for name, number in experiment.reference.items()}
    parts = {
        name: {part: _as_share(number) for part, number in of.items()}
        for name, of in experiment.reference_parts.items()
    }
    return ({"published": shares} if shares else {}) | ({"published_parts": parts} if parts else {})


def published_tokens(study: Any) -> dict[str, Any]:
    """The published domain tokens of a response, by experiment, benchmark and family; nothing where there are none."""
    known = {name: e.reference_tokens for name, e in study.experiments.items() if e.reference_tokens}
    return {"published": known} | published_from(study) if known else {}


def published_costs(study: Any) -> dict[str, dict[str, dict[str, PublishedNumber]]]:
    """What was published of trainings' costs, by experiment and measure, for the report; nothing where nothing was."""
    known = {
        name: {key: number for key, number in experiment.reference_costs if number is not None}
        for name, experiment in study.experiments.items()
        if experiment.reference_costs
    }
    return {"published_costs": known} if known else {}


def published_votes(study: Any) -> dict[str, Any]:
    """The published values for the table of votes: experiment -> benchmark -> `alone`, `maj@k`, `pass@k` -> share."""
    known: dict[str, dict[str, dict[str, float]]] = {}
    for name, benchmark in voted_cells(study):
        experiment = study.experiments[name]
        greedy = experiment.reference.get(benchmark)
        alone = {"alone": greedy.value} if greedy is not None and greedy.value is not None else {}
        shares = _shares(alone | experiment.reference_votes.get(benchmark, {}))
        if shares:
            known.setdefault(name, {})[benchmark] = shares
    return {"published": known} | published_from(study) if known else {}


def _shares(percents: dict[str, float]) -> dict[str, float]:
    return {name: _share(percent) for name, percent in percents.items()}


def _as_share(percent: PublishedNumber) -> PublishedNumber:
    error = None if percent.error is None else _share(percent.error)
    return percent.model_copy(update={"low": _share(percent.low), "high": _share(percent.high), "error": error})


def _share(percent: float) -> float:
    return round(percent / 100, 6)
