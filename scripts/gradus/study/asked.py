"""Which benchmarks each experiment is asked."""

from collections.abc import Iterator
from typing import Any

from gradus.study.comparisons import named_pairs
from gradus.study.mistakes import Mistake
from gradus.study.trace_checks import Expect
from gradus.study.verifiers import rows


def benchmarks_of(study: Any, experiment: str) -> list[str]:
    """In the order of the tables: those that the experiment names, or all."""
    named = study.experiments[experiment].benchmarks
    return [name for name in study.benchmarks if named is None or name in named]


def drawn_for(study: Any, experiment: str) -> list[str]:
    """Those of them that it answers in writing; of the others it only reads the options."""
    return [name for name in benchmarks_of(study, experiment) if study.benchmarks[name].metric is None]


def asked_mistakes(study: Any, expect: Expect) -> Iterator[Mistake]:
    """Unknown benchmarks, benchmarks of no experiment, and pairs and votes without a benchmark in common."""
    for name, experiment in study.experiments.items():
        for index, benchmark in enumerate(experiment.benchmarks or []):
            expect(("experiments", name, "benchmarks", index), benchmark, study.benchmarks, "benchmark")
    asked = {name: set(benchmarks_of(study, name)) for name in rows(study)}
    for benchmark in study.benchmarks:
        if asked and not any(benchmark in own for own in asked.values()):
            what = "no experiment is asked it; name it in the `benchmarks` of one, or remove it"
            yield ("benchmarks", benchmark), what
    for keys, (a, b) in named_pairs(study.comparisons):
        if a in asked and b in asked and not asked[a] & asked[b]:
            yield keys, f"{a!r} and {b!r} are asked no benchmark in common; add one to the `benchmarks` of either"
    voted = study.votes.benchmarks
    if voted is None or not set(voted) <= set(study.benchmarks):
        return
    for index, name in enumerate(study.votes.experiments):
        if name in asked and not asked[name] & set(voted):
            what = f"{name!r} is asked none of votes.benchmarks ({', '.join(voted)})"
            yield ("votes", "experiments", index), f"{what}; add one to its `benchmarks`, or take it out here"
