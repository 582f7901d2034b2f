"""Graded samples as read from `eval/<experiment>/<benchmark>.verdicts.parquet`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.tables import read_table

PooledCells = dict[tuple[str, str], "Verdicts"]
COLUMNS = ("id", "sample", "answer", "correct", "layer", "reason", "finish_reason", "tokens")


@dataclass(frozen=True)
class Verdicts:
    """One entry a sample in every list, all of the same length, samples of one question in any order.

    clusters: question id -> label, where questions with the same label are no independent evidence. parts: the same
    where the benchmark has parts.
    source: the file they came from, for messages. ids: question ids. answers: None where none was found. correct:
    None where the grader could not tell. layers: who said so (`grading.compare.Layer`). reasons: why, such as
    `different`, or `timeout` where correct is None. tokens: generated tokens.
    """

    source: str
    ids: list[str]
    samples: list[int]
    answers: list[str | None]
    correct: list[bool | None]
    layers: list[str]
    reasons: list[str]
    finish_reasons: list[str]
    tokens: list[int]
    clusters: Mapping[str, str] | None = None
    parts: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        judged = (self.answers, self.correct, self.layers, self.reasons)
        lengths = {len(column) for column in (self.ids, self.samples, *judged, self.finish_reasons, self.tokens)}
        if lengths == {0}:
            raise GradusError(f"{self.source}: no verdicts; the benchmark it was made from has no problems")
        if len(lengths) != 1:
            raise GradusError(f"{self.source}: columns of different lengths {sorted(lengths)}; grade the samples again")
        seen: set[tuple[str, int]] = set()
        for key in zip(self.ids, self.samples):
            if key in seen:
                raise GradusError(f"{self.source}: question {key[0]}, sample {key[1]} occurs twice; grade it again")
            seen.add(key)

    def by_question(self) -> dict[str, list[bool]]:
        """Question id -> whether each of its samples is correct, in the file's order; unknown counts as not correct.

        Raises GradusError when questions have different numbers of samples: their means would weigh unequally.
        """
        questions: dict[str, list[bool]] = {}
        for identifier, correct in zip(self.ids, self.correct):
            questions.setdefault(identifier, []).append(correct is True)
        sizes = {identifier: len(marks) for identifier, marks in questions.items()}
        few, many = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
        if sizes[few] != sizes[many]:
            raise GradusError(
                f"{self.source}: question {few} has {sizes[few]} samples, {many} has {sizes[many]}; sample them alike"
            )
        return questions


def read_verdicts(path: str | Path) -> Verdicts:
    """Raises GradusError when the file is damaged, lacks a column, is empty, or holds a sample twice."""
    table = read_table(path, COLUMNS)
    columns = {column: table.column(column).to_pylist() for column in COLUMNS}
    labels = {
        name: dict(zip(columns["id"], table.column(name).to_pylist()))
        for name in ("cluster", "part")
        if name in table.column_names
    }
    return Verdicts(str(path), *columns.values(), clusters=labels.get("cluster"), parts=labels.get("part"))


def read_cells(paths: Iterable[Path]) -> dict[tuple[str, str], Verdicts]:
    """Verdicts by (run, benchmark), which the files' places `<run>/<benchmark>.verdicts.parquet` name."""
    return {(path.parent.name, path.name.removesuffix(".verdicts.parquet")): read_verdicts(path) for path in paths}


def pooled(runs: Sequence[Verdicts]) -> Verdicts:
    """The samples of several training runs of one experiment as if they were of one, numbered one after another."""
    if len(runs) == 1:
        return runs[0]
    samples: list[int] = []
    for run in runs:
        first = max(samples, default=-1) + 1
        samples += [first + sample for sample in run.samples]
    columns = {
        field.name: list(chain.from_iterable(getattr(run, field.name) for run in runs))
        for field in fields(Verdicts)
        if field.name not in ("source", "samples", "clusters", "parts")
    }
    return Verdicts(
        source=", ".join(run.source for run in runs),
        samples=samples,
        clusters=runs[0].clusters,
        parts=runs[0].parts,
        **columns,
    )


def pooled_cells(cells: Mapping[tuple[str, str], Verdicts], runs: Mapping[str, Sequence[str]]) -> PooledCells:
    """Verdicts of all runs of each experiment, by (experiment, benchmark). runs: by experiment, those in `cells`."""
    benchmarks = list(dict.fromkeys(benchmark for _, benchmark in cells))
    return {
        (experiment, benchmark): pooled([cells[name, benchmark] for name in names if (name, benchmark) in cells])
        for experiment, names in runs.items()
        for benchmark in benchmarks
        if any((name, benchmark) in cells for name in names)
    }
