"""Graded samples as read from `eval/<experiment>/<benchmark>.verdicts.parquet`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as parquet

from gradus.provenance.errors import GradusError

COLUMNS = ("id", "sample", "answer", "correct", "layer", "reason", "finish_reason", "tokens")


@dataclass(frozen=True)
class Verdicts:
    """One entry a sample in every list, all of the same length, samples of one question in any order.

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
    """Raises GradusError when the file lacks a column, is empty, or holds a sample twice."""
    table = parquet.read_table(path)
    missing = [column for column in COLUMNS if column not in table.column_names]
    if missing:
        raise GradusError(f"{path}: no column {', '.join(missing)}; delete the file so that it is graded again")
    return Verdicts(str(path), *(table.column(column).to_pylist() for column in COLUMNS))


def read_cells(paths: Iterable[Path]) -> dict[tuple[str, str], Verdicts]:
    """Verdicts by (experiment, benchmark), which the files' places `<experiment>/<benchmark>.verdicts.parquet` name."""
    return {(path.parent.name, path.name.removesuffix(".verdicts.parquet")): read_verdicts(path) for path in paths}
