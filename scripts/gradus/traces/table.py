"""Trace files: one chat-format trace a line."""

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text

KEYS = ("id", "messages", "answer", "teacher", "tokens", "chars")


def write_traces(path: str | Path, traces: Sequence[dict[str, Any]]) -> None:
    """Write the traces. Raises GradusError where there are none: a training set without rows is a mistake."""
    expect_some(traces, path)
    write_text(path, traces_text(traces))


def expect_some(traces: Sequence[dict[str, Any]], path: str | Path) -> None:
    """Raise GradusError, which names the file that they are of, where there are none."""
    if not traces:
        raise GradusError(f"{path}: no trace was left; loosen the filter or take a better teacher")


def traces_text(traces: Sequence[dict[str, Any]]) -> str:
    """The content of a file with these traces."""
    return "".join(json.dumps(trace, ensure_ascii=False) + "\n" for trace in traces)


def read_traces(path: str | Path) -> list[dict[str, Any]]:
    """Read traces. Raises GradusError naming the line that is not a trace."""
    traces = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                trace = json.loads(line)
            except json.JSONDecodeError as error:
                raise GradusError(
                    f"{path}:{number}: not JSON ({error.msg}); remove the file and build it again"
                ) from None
            missing = [key for key in KEYS if not isinstance(trace, dict) or key not in trace]
            if missing:
                raise GradusError(f"{path}:{number}: key {missing[0]} is missing; remove the file and build it again")
            traces.append(trace)
    return traces


def read_sets(names: Iterable[str], paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """The traces of several sets, each with the name of its own as `set`. Raises GradusError as `read_traces`."""
    named = zip(names, paths, strict=True)
    return [trace | {"set": name} for name, path in named for trace in read_traces(path)]


def length_summary(lengths: Sequence[int]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    return {"median": statistics.median(lengths), "p95": percentile(lengths, 95), "max": max(lengths)}


def percentile(lengths: Sequence[int], percent: int) -> int:
    """The length that so many percent have at most, by nearest rank: one that is there."""
    return sorted(lengths)[max(0, -(-percent * len(lengths) // 100) - 1)]
