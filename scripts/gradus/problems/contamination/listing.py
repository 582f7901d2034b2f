"""One list of all overlaps of a study, for machines and for the report."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from gradus.problems.contamination.near import NEAR
from gradus.problems.contamination.policy import rows_of
from gradus.problems.contamination.search import by_benchmark
from gradus.specs.contamination import ListOverlapsSpec

COLUMNS = (
    *("kind", "share", "benchmark", "id", "problem"),
    *("other_kind", "other", "other_row", "other_id", "other_problem"),
)


def listing(
    settings: ListOverlapsSpec, training: Sequence[Mapping[str, Any]], benchmarks: Mapping[str, Any]
) -> dict[str, Any]:
    """`training` are the findings in one set each, `benchmarks` those between benchmarks, as their jobs wrote them.

    The result has the settings (`policy`, `near`, `shares`), one entry a training set with the number of its rows that
    hold copies and near copies of benchmark problems, the rows of each benchmark, and all pairs; `other_kind` is
    problems, traces or benchmark.
    """
    sets = [
        {
            "kind": found["kind"],
            "set": found["set"],
            "rows": found["rows"],
            "overlapping": len(rows_of(pair for pair in found["pairs"] if pair["kind"] != NEAR)),
            "near": len(rows_of(pair for pair in found["pairs"] if pair["kind"] == NEAR)),
            "benchmarks": by_benchmark(found["pairs"]),
        }
        for found in training
    ]
    pairs = [pair | {"other_kind": found["kind"]} for found in training for pair in found["pairs"]]
    pairs += [pair | {"other_kind": "benchmark"} for pair in benchmarks["pairs"]]
    shown = settings.model_dump()
    return shown | {"training": sets, "benchmarks": benchmarks["rows"], "pairs": pairs}


def as_csv(table: Mapping[str, Any]) -> str:
    """The pairs, one a line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table["pairs"])
    return text.getvalue()
