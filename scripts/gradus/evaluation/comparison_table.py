"""Paired comparisons as rows of `comparisons.csv`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict, cast, get_args

from gradus.evaluation import csv_rows
from gradus.evaluation.csv_rows import Record, records
from gradus.specs.evaluation import Role


class Comparison(TypedDict):
    """Accuracy of `b` less accuracy of `a` on the same `n` questions, as shares, with its 95% interval.

    role: why they are compared. family: the comparisons that `p_adjusted` is corrected for; `p` and the interval are
    two-sided and of this comparison alone. runs_a, runs_b: training runs; samples: answers a question and run.
    detectable: the smallest true difference that gets a star 4 times in 5, None where there is none. margin and
    equivalence_p: of the test that the two differ by less, None where the study sets no margin; not corrected.
    question: what the study asks of the pair, if anything.
    """

    a: str
    b: str
    benchmark: str
    role: Role
    family: str
    n: int
    runs_a: int
    runs_b: int
    samples: int
    accuracy_a: float
    accuracy_b: float
    delta: float
    ci95_lo: float
    ci95_hi: float
    p: float
    p_adjusted: float
    detectable: float | None
    margin: float | None
    equivalence_p: float | None
    question: str


COLUMNS = tuple(Comparison.__annotations__)


def render_csv(rows: Iterable[Comparison]) -> str:
    """The text of comparisons.csv."""
    return csv_rows.render(COLUMNS, (map(row.get, COLUMNS) for row in rows))


def read_csv(path: str | Path) -> list[Comparison]:
    """Raises GradusError when a column lacks, or holds no number where it should."""
    with records(path, COLUMNS) as lines:
        return [_comparison(line) for line in lines]


def _comparison(record: Record) -> Comparison:
    def number(column: str) -> float:
        try:
            return float(record[column])
        except (TypeError, ValueError):
            raise ValueError(f"`{column}` is {record[column]!r}, not a number") from None

    def known(column: str) -> float | None:
        return None if record[column] == "" else number(column)

    if record["role"] not in get_args(Role):
        raise ValueError(f"`role` is {record['role']!r}")
    return {
        "a": record["a"],
        "b": record["b"],
        "benchmark": record["benchmark"],
        "role": cast(Role, record["role"]),
        "family": record["family"],
        "n": int(number("n")),
        "runs_a": int(number("runs_a")),
        "runs_b": int(number("runs_b")),
        "samples": int(number("samples")),
        "accuracy_a": number("accuracy_a"),
        "accuracy_b": number("accuracy_b"),
        "delta": number("delta"),
        "ci95_lo": number("ci95_lo"),
        "ci95_hi": number("ci95_hi"),
        "p": number("p"),
        "p_adjusted": number("p_adjusted"),
        "detectable": known("detectable"),
        "margin": known("margin"),
        "equivalence_p": known("equivalence_p"),
        "question": record["question"],
    }
