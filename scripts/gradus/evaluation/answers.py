"""Verdicts of all training runs of an experiment as one table by run and question: what statistics are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.errors import GradusError
from gradus.statistics.crossed import Values

AllVerdicts = Mapping[tuple[str, str], Verdicts]
"""By (run, benchmark)."""


@dataclass(frozen=True)
class Answers:
    """values: shape (S, N), the share of right answers by run and question. source: the first run's file. ids: the N
    questions. samples: answers a question and run. clusters: a label a question, None where they are independent.
    parts: that of each question, None where the benchmark has none.
    """

    source: str
    runs: list[str]
    ids: list[str]
    values: Values
    samples: int
    clusters: list[str] | None = None
    parts: list[str] | None = None

    @property
    def question_means(self) -> Values:
        """Shape (N,), over all runs."""
        return self.values.mean(axis=0)

    @property
    def accuracy(self) -> float:
        return float(self.values.mean())

    @property
    def single(self) -> bool:
        """One run with one answer to each question, all independent: right or wrong is all there is."""
        return len(self.runs) == self.samples == 1 and self.clusters is None

    def asked_as(self, other: "Answers") -> "Answers":
        """The same in the other's order of questions. Raises GradusError where they were asked others."""
        if self.ids == other.ids:
            return self
        places = {identifier: place for place, identifier in enumerate(self.ids)}
        if places.keys() != set(other.ids):
            _refuse(other, self)
        order = [places[identifier] for identifier in other.ids]
        about = (self.samples, other.clusters, other.parts)
        return Answers(self.source, self.runs, other.ids, self.values[:, order], *about)


def all_answers(verdicts: AllVerdicts, runs: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], Answers]:
    """By (experiment, benchmark), of the runs in `verdicts`. Raises GradusError where runs were asked other questions.

    runs: the names of each experiment's training runs.
    """
    benchmarks = dict.fromkeys(benchmark for _, benchmark in verdicts)
    found = {}
    for experiment, names in runs.items():
        for benchmark in benchmarks:
            there = [name for name in names if (name, benchmark) in verdicts]
            tables = [answers_of_run(name, verdicts[name, benchmark]) for name in there]
            if tables:
                found[experiment, benchmark] = _joined(tables)
    return found


def answers_of_run(name: str, verdicts: Verdicts) -> Answers:
    """Those of one training run, by its name."""
    marks = verdicts.by_question()
    counts = np.array([(sum(of), len(of)) for of in marks.values()])
    clusters, parts = verdicts.clusters, verdicts.parts
    return Answers(
        verdicts.source,
        [name],
        list(marks),
        (counts[:, 0] / counts[:, 1])[None, :],
        int(counts[0, 1]),
        None if clusters is None else [clusters[identifier] for identifier in marks],
        None if parts is None else [parts[identifier] for identifier in marks],
    )


def _joined(tables: Sequence[Answers]) -> Answers:
    first, *others = tables
    values = [first.values, *(table.asked_as(first).values for table in others)]
    if any(table.samples != first.samples for table in others):
        odd = next(table for table in others if table.samples != first.samples)
        raise GradusError(
            f"{first.source} and {odd.source}: {first.samples} and {odd.samples} samples a question; sample them alike"
        )
    return Answers(
        first.source,
        [run for table in tables for run in table.runs],
        first.ids,
        np.concatenate(values),
        first.samples,
        first.clusters,
        first.parts,
    )


def _refuse(first: Answers, second: Answers) -> None:
    a, b = set(first.ids), set(second.ids)
    only_a, only_b = [i for i in first.ids if i not in b], [i for i in second.ids if i not in a]
    example = f"{only_a[0]} is only in the first" if only_a else f"{only_b[0]} is only in the second"
    raise GradusError(
        f"{first.source} and {second.source} hold different questions ({len(only_a)} only in the first, "
        f"{len(only_b)} only in the second; {example}); evaluate both on the same problem set"
    )
