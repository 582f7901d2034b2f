"""Grading from start to end: Gradus against math-verify, each in a fresh process on one core, imports included.

    python tests/bench/bench_grading_start.py
    python tests/bench/bench_grading_start.py --rows 3000 --repeats 5 --completions

Rows are real answers (`prediction`) or completions to real known answers (`gold`), every one another one. The sides
take turns; the least of `--repeats` turns counts, since everything else that runs on the machine only adds. CPU time is
of the process and its workers.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from quick import parsed, require

ROOT = Path(__file__).parents[2]
DATA = ROOT / "../shared/data"
FILES = ("outputs_math_qwen_cot100.jsonl", "outputs_gsm8k_openai.jsonl")

OURS = """
import json, sys
from gradus.grading.extraction import ANY
from gradus.grading.verdict import grade_answers, grade_completions
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
if sys.argv[2] == "completion":
    verdicts = grade_completions([row["completion"] for row in rows], [row["gold"] for row in rows], ANY)
else:
    verdicts = grade_answers((row["prediction"], row["gold"]) for row in rows)
print(sum(verdict.correct is row["label"] for verdict, row in zip(verdicts, rows)))
"""
PEER = """
import json, sys
from math_verify import parse, verify
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
column = sys.argv[2]
wrap = "${}$" if column == "prediction" else "{}"
verdicts = [verify(parse(f"${row['gold']}$"), parse(wrap.format(row[column]))) for row in rows]
print(sum(verdict is row["label"] for verdict, row in zip(verdicts, rows)))
"""


def one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def turn(code: str, path: str, column: str) -> tuple[float, float, int]:
    """Seconds on the clock, seconds of CPU time, and verdicts that agree with the labels."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", code, path, column],
        env=environment,
        preexec_fn=one_core,
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, spent, int(done.stdout.split()[-1])


def distinct_rows(count: int, column: str) -> list[str]:
    """So many rows as lines of JSON, from the files in turn."""
    seen: set[tuple[str, str]] = set()
    kept: list[str] = []
    for name in FILES:
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            key = (row["gold"], row[column]) if column == "completion" else (row["id"], row[column])
            if row[column] and key not in seen and len(kept) < count:
                seen.add(key)
                kept.append(json.dumps({name: row[name] for name in ("gold", column, "label")}))
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--completions", action="store_true", help="whole completions rather than answers")
    options = parsed(parser, rows=50, repeats=1)
    for name in FILES:
        require(DATA / name, options, "it holds published completions with their labels")
    column = "completion" if options.completions else "prediction"
    rows = distinct_rows(options.rows, column)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
        file.flush()
        turns = [(turn(OURS, file.name, column), turn(PEER, file.name, column)) for _ in range(options.repeats)]
    ours, peer = ([min(each[side][kind] for each in turns) for kind in (0, 1)] for side in (0, 1))
    agreed = [turns[0][side][2] for side in (0, 1)]
    print(f"{len(rows)} rows, {column}      clock s      CPU s   agree with labels")
    print(f"gradus               {ours[0]:12.2f} {ours[1]:10.2f} {agreed[0]:10}")
    print(f"math-verify          {peer[0]:12.2f} {peer[1]:10.2f} {agreed[1]:10}")
    print(f"ratio                {peer[0] / ours[0]:11.1f}x {peer[1] / ours[1]:9.1f}x")


if __name__ == "__main__":
    main()
