"""Published values beside the measured ones. They are part of the tables' specs and of no others."""

from typing import Any

from gradus.study.mistakes import Mistake
from gradus.study.trace_checks import Expect
from gradus.study.votes import vote_benchmarks, voted_cells


def reference_mistakes(study: Any, expect: Expect) -> list[Mistake]:
    """References to what the study does not measure, and values that nobody is said to have published."""
    mistakes: list[Mistake] = []
    voted = set(voted_cells(study))
    for name, experiment in study.experiments.items():
        for benchmark in experiment.reference:
            expect(("experiments", name, "reference", benchmark), benchmark, study.benchmarks, "benchmark")
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
    if not study.reference_source and any(e.reference or e.reference_votes for e in study.experiments.values()):
        mistakes.append((("reference_source",), "say who published the reference values of the experiments"))
    return mistakes


def published_from(study: Any) -> dict[str, str]:
    """Who published the study's reference values; nothing where it has none."""
    return {"published_from": study.reference_source} if study.reference_source else {}


def published(experiment: Any) -> dict[str, dict[str, float]]:
    """An experiment's published accuracies for the ablation, as shares; nothing where there are none."""
    return {"published": _shares(experiment.reference)} if experiment.reference else {}


def published_votes(study: Any) -> dict[str, Any]:
    """The published values for the table of votes: experiment -> benchmark -> `alone`, `maj@k`, `pass@k` -> share."""
    known: dict[str, dict[str, dict[str, float]]] = {}
    for name in study.votes.experiments:
        experiment = study.experiments[name]
        for benchmark in vote_benchmarks(study):
            alone = {"alone": experiment.reference[benchmark]} if benchmark in experiment.reference else {}
            shares = _shares(alone | experiment.reference_votes.get(benchmark, {}))
            if shares:
                known.setdefault(name, {})[benchmark] = shares
    return {"published": known} | published_from(study) if known else {}


def _shares(percents: dict[str, float]) -> dict[str, float]:
    return {name: round(percent / 100, 6) for name, percent in percents.items()}
