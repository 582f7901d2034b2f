"""Paired comparisons as rows of `comparisons.csv`."""

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TypedDict

from gradus.provenance.errors import GradusError


class Comparison(TypedDict):
    """Accuracy of `b` less accuracy of `a` on the same `n` questions, as shares, with its 95% interval.

    `p` is two-sided; `p_adjusted` is corrected for all comparisons of the benchmark.
    """

    a: str
    b: str
    benchmark: str
    n: int
    accuracy_a: float
    accuracy_b: float
    delta: float
    ci95_lo: float
    ci95_hi: float
    p: float
    p_adjusted: float


COLUMNS = tuple(Comparison.__annotations__)


def render_csv(rows: Iterable[Comparison]) -> str:
    """The text of comparisons.csv: six significant digits, lines end in a newline alone."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([f"{value:.6g}" if isinstance(value, float) else value for value in map(row.get, COLUMNS)])
    return text.getvalue()


def read_csv(path: str | Path) -> list[Comparison]:
    """Raises GradusError when a column lacks, or holds no number where it should."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise GradusError(f"{path}: no column {', '.join(missing)}; delete the file so that it is made again")
        return [_comparison(record, f"{path}, line {line}") for line, record in enumerate(reader, 2)]


def _comparison(record: dict[str, str], where: str) -> Comparison:
    def number(column: str) -> float:
        try:
            return float(record[column])
        except (TypeError, ValueError):
            raise GradusError(
                f"{where}: `{column}` is {record[column]!r}, not a number; delete the file so that it is made again"
            ) from None

    return {
        "a": record["a"],
        "b": record["b"],
        "benchmark": record["benchmark"],
        "n": int(number("n")),
        "accuracy_a": number("accuracy_a"),
        "accuracy_b": number("accuracy_b"),
        "delta": number("delta"),
        "ci95_lo": number("ci95_lo"),
        "ci95_hi": number("ci95_hi"),
        "p": number("p"),
        "p_adjusted": number("p_adjusted"),
    }
