"""`gradus-grade IN.jsonl OUT.jsonl [--jobs N]`, which is `scripts/grade.py` here: grades a file of answers."""

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import suppress

from gradus.grading.extraction import ANY
from gradus.grading.rows import Row, grade_rows, read_rows
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.provenance.progress import Progress


def main() -> None:
    try:
        _grade(_options())
    except GradusError as error:
        sys.exit(f"error: {error}")


def _grade(options: argparse.Namespace) -> None:
    rows = read_rows(options.source)
    begin = time.monotonic()
    graded: list[Row] = []
    with Progress("grade", len(rows), "rows", None) as progress:
        for chunk in grade_rows(rows, options.methods, options.jobs):
            graded += chunk
            progress.update(len(chunk))
    write_text(options.target, "".join(map(_line, graded)))
    print(_summary(graded, time.monotonic() - begin))
    if options.expected:
        _print_agreement(graded)


def _line(row: Row) -> str:
    line = json.dumps(row, ensure_ascii=False)
    with suppress(UnicodeEncodeError):
        line.encode("utf-8")
        return line + "\n"
    return json.dumps(row) + "\n"  # an unpaired surrogate can only be written as an escape


def _summary(rows: list[Row], seconds: float) -> str:
    counts = Counter(row["correct"] for row in rows)
    none = sum(row["reason"] == "no_answer" for row in rows)
    unknown = Counter(row["reason"] for row in rows if row["correct"] is None)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(unknown.items()))
    return (
        f"{counts[True]} right, {counts[False]} wrong ({none} without an answer), {counts[None]} unknown"
        + (f" ({reasons})" if reasons else "")
        + f"; {len(rows)} rows in {seconds:.1f} s, {len(rows) / max(seconds, 1e-9):.0f} rows/s"
    )


def _print_agreement(rows: list[Row]) -> None:
    """Compare with the rows' `expected`; a row that is marked `dubious` does not count."""
    judged = [row for row in rows if isinstance(row.get("expected"), bool) and not row.get("dubious")]
    apart = [row for row in judged if row["correct"] is not row["expected"]]
    for row in apart:
        shown = {key: row.get(key) for key in ("id", "gold", "prediction", "answer", "expected", "correct")}
        shown |= {"layer": row["layer"], "reason": row["reason"]}
        print(json.dumps({key: value for key, value in shown.items() if value is not None or key == "correct"})[:600])
    share = f" ({1 - len(apart) / len(judged):.2%})" if judged else ""
    print(f"{len(judged) - len(apart)} of {len(judged)} rows as expected{share}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Grade the answers of a JSONL file.")
    parser.add_argument("source", metavar="IN.jsonl", help="rows with `gold` and `prediction` or `prediction_text`")
    parser.add_argument("target", metavar="OUT.jsonl", help="the rows with `correct`, `layer` and `reason`")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes, default 1")
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=ANY,
        default=list(ANY),
        help="how the answer is found in `prediction_text`, in this order; default: all of them",
    )
    parser.add_argument("--expected", action="store_true", help="compare with the rows' own `expected`: true or false")
    return parser.parse_args()


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text} is not a number of processes; give one from 1 to 256")
    return int(text)
