"""Read and check the rows of a JSONL file, and grade them in several processes."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from gradus.grading.extraction import answer_given, extract_answer
from gradus.grading.verdict import grade_answers
from gradus.provenance.errors import GradusError
from gradus.provenance.parent_death import end_with_parent

CHUNK = 200
_SHOWN = 20

Row = dict[str, Any]
"""A JSON object."""


def read_rows(path: str | Path) -> list[Row]:
    """The rows, without blank lines. Raises GradusError with the line and the remedy of every bad row."""
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise GradusError(f"{path}: cannot be read ({error.strerror}); name a JSONL file") from None
    rows, mistakes = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row, mistake = _read(line)
        if mistake:
            mistakes.append(f"{path}, line {number}: {mistake}")
        else:
            rows.append(row)
    if mistakes:
        more = [f"... and {len(mistakes) - _SHOWN} more bad rows"] if len(mistakes) > _SHOWN else []
        raise GradusError("\n".join(mistakes[:_SHOWN] + more))
    return rows


def _read(line: bytes) -> tuple[Row, str]:
    """The row and its mistake, which is empty for a valid row."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return {}, "not UTF-8; save the file in this encoding"
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON ({error}); write one JSON object a line"
    if not isinstance(row, dict):
        return {}, f'not an object; write {{"gold": "...", "prediction": "..."}} instead of {_short(row)}'
    if "gold" not in row:
        return {}, "no `gold`; add the reference answer as a string"
    if "prediction" not in row and "prediction_text" not in row:
        return {}, "neither `prediction` nor `prediction_text`; add the answer, or the text that contains it"
    if not isinstance(row["gold"], str):
        return {}, _not_text("gold", row["gold"])
    key = "prediction" if "prediction" in row else "prediction_text"
    if not isinstance(row[key], str) and not (key == "prediction" and row[key] is None):
        return {}, _not_text(key, row[key])
    return row, ""


def _not_text(key: str, value: object) -> str:
    return f'`{key}` is {_short(value)}, not a string; write it in quotes, such as "{key}": "42"'


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."


def grade_rows(rows: Sequence[Row], methods: Sequence[str], jobs: int = 1) -> Iterator[list[Row]]:
    """The rows in their order with `correct`, `layer` and `reason`, in chunks.

    A row with `prediction_text` gets the `answer` that `methods` find in it (None if they find none). If `gold` or
    `prediction` has boxes or is a sentence, the answer is taken from it (`extraction.answer_given`); a `prediction`
    that is None or blank is no answer. Raises GradusError if one of the `jobs` processes is killed.
    """
    chunks = [rows[begin : begin + CHUNK] for begin in range(0, len(rows), CHUNK)]
    if jobs == 1 or len(chunks) < 2:
        yield from map(_grade_chunk, chunks, repeat(methods))
        return
    count = min(jobs, len(chunks))
    with ProcessPoolExecutor(count, get_context("fork"), partial(end_with_parent, os.getpid())) as processes:
        try:
            yield from processes.map(_grade_chunk, chunks, repeat(methods))
        except BrokenProcessPool:
            raise GradusError("a grading process was killed, perhaps for lack of memory; use fewer --jobs") from None


def _grade_chunk(rows: Sequence[Row], methods: Sequence[str]) -> list[Row]:
    graded, pairs = [], []
    for row in rows:
        if "prediction" in row:
            answer = answer_given(row["prediction"] or "", row["gold"])
            graded.append(dict(row))
        else:
            answer = extract_answer(row["prediction_text"], methods) or ""
            graded.append(row | {"answer": answer or None})
        pairs.append((answer if answer.strip() else None, answer_given(row["gold"], answer)))
    for row, verdict in zip(graded, grade_answers(pairs), strict=True):
        row |= {"correct": verdict.correct, "layer": verdict.layer, "reason": verdict.reason}
    return graded
