"""Grading: Gradus against math-verify, on one core, in one run.

    python tests/bench/bench_grading.py
    python tests/bench/bench_grading.py --list            # every answer that the two judge differently
    python tests/bench/bench_grading.py --completions FILE.jsonl --repeats 5

Rows have `completion`, `prediction`, `gold` and the publisher's `label`. Three contests: finding and judging the answer
of a completion; judging an answer already found; and grouping 64 answers to one question for a vote, where math-verify
compares pairs, of all answers and, as a careful user would, of the distinct ones with one of each group so far. Both
parse each answer once there. Medians of `--repeats` turns count; math-verify runs with its defaults.

Both remember what they read (Gradus also what it judged), and eight samples of a problem often end alike. `afresh`
makes both forget before each row, so every row pays in full; `in a pass` before each pass over the file, as in a build.
SymPy's own cache stays warm. Starting Gradus' worker process counts as little as the imports of either (`warm_up`).
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from math_verify import parse, verify
from math_verify.parser import parse_expr_cached, parse_latex_cached
from quick import parsed, require

from gradus.grading.bounded.pool import warm_up
from gradus.grading.verdict import forget, grade, grade_answer, group_equivalent

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]
Judge = Callable[[Row], bool | None]


def peer_completion(row: Row) -> bool:
    return verify(parse(f"${row['gold']}$"), parse(row["completion"]))


def peer_answer(row: Row) -> bool:
    return verify(parse(f"${row['gold']}$"), parse(f"${row['prediction']}$"))


def our_completion(row: Row) -> bool | None:
    return grade(row["completion"], row["gold"]).correct


def our_answer(row: Row) -> bool | None:
    return grade_answer(row["prediction"], row["gold"]).correct


def forget_all() -> None:
    forget()
    parse_latex_cached.cache_clear()
    parse_expr_cached.cache_clear()


def a_pass(judge: Judge, rows: Sequence[Row], afresh: bool) -> None:
    forget_all()
    for row in rows:
        if afresh:
            forget_all()
        judge(row)


def seconds(run: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def contest(name: str, rows: Sequence[Row], ours: Judge, peer: Judge, repeats: int, listed: bool) -> None:
    """Print two table rows of items/s and the ratio, one of the agreements, and what is judged differently."""
    for memory, afresh in (("afresh", True), ("in a pass", False)):
        rates = [
            len(rows) / seconds(lambda judge=judge, afresh=afresh: a_pass(judge, rows, afresh), repeats)
            for judge in (ours, peer)
        ]
        print(f"{name:12} {memory:10} {rates[0]:10,.0f} {rates[1]:14,.0f} {rates[0] / rates[1]:9.1f}x")
    verdicts, peers = ([judge(row) for row in rows] for judge in (ours, peer))
    labels = [row["label"] for row in rows]
    shares = [
        100 * sum(one is other for one, other in zip(*sides)) / len(rows)
        for sides in ((verdicts, labels), (peers, labels), (verdicts, peers))
    ]
    unknown = sum(verdict is None for verdict in verdicts)
    print(
        f"    agreement: gradus with the labels {shares[0]:.2f}%, math-verify {shares[1]:.2f}%, "
        f"with each other {shares[2]:.2f}%; gradus does not know {unknown}"
    )
    lines = [
        f"    gold {row['gold']!r}, answer {row['prediction']!r}: gradus {a}, math-verify {b}, label {row['label']}"
        for row, a, b in zip(rows, verdicts, peers)
        if not a is b is row["label"]
    ]
    if listed:
        print(*dict.fromkeys(lines), sep="\n")


def pairwise(answers: Sequence[str]) -> list[int]:
    """A group for each answer by comparing all pairs; the first that is equal gives its group."""
    parsed = [parse(f"${answer}$") for answer in answers]
    groups = list(range(len(answers)))
    for index, later in enumerate(parsed):
        equal = [earlier for earlier in range(index) if verify(parsed[earlier], later)]
        if equal:
            groups[index] = groups[equal[0]]
    return groups


def against_groups(answers: Sequence[str]) -> list[int]:
    """The same with one comparison for each group so far, texts that occurred before being free."""
    seen: dict[str, int] = {}
    kept: list[tuple[int, list[Any]]] = []
    for index, answer in enumerate(answers):
        if answer in seen:
            continue
        read = parse(f"${answer}$")
        seen[answer] = next((group for group, first in kept if verify(first, read)), index)
        if seen[answer] == index:
            kept.append((index, read))
    return [seen[answer] for answer in answers]


def spellings(count: int) -> list[str]:
    """Answers to one question as 64 samples of a model of medium strength spell them, none of them twice."""
    forms = (
        r"\frac{%d}{%d}",
        r"%d/%d",
        r"x = \frac{%d}{%d}",
        r"\dfrac{%d}{%d}",
        r"$\frac{%d}{%d}$",
        r"\frac{%d}{%d}\text{ cm}",
    )
    made = [form % (n * k, 7 * k) for n in (3, 4, 5) for k in (1, 2, 3) for form in forms]
    made += [rf"{n}\sqrt{{2}}+{k}" for n in (2, 3) for k in (1, 2)] + [
        rf"{k}+{n}\sqrt2" for n in (2, 3) for k in (1, 2)
    ]
    made += [r"\sqrt{8}+1", r"1+\frac{4}{\sqrt{2}}", r"\frac{\pi}{2}", r"\pi/2"]
    return made[:count]


def vote_contest(name: str, answers: Sequence[str], repeats: int) -> None:
    def ours() -> list[int]:
        forget_all()
        return group_equivalent(answers)

    def peer(way: Callable[[Sequence[str]], list[int]]) -> list[int]:
        forget_all()
        return way(answers)

    groups = len(set(ours()))
    spent = {
        "ours": seconds(ours, repeats),
        "pairs": seconds(lambda: peer(pairwise), 1),
        "groups": seconds(lambda: peer(against_groups), 1),
    }
    print(
        f"{name:24} {len(answers):8} {len(set(answers)):9} {groups:7} {len(set(pairwise(answers))):7} "
        f"{1000 * spent['ours']:9.2f} {1000 * spent['pairs']:10.0f} {spent['pairs'] / spent['ours']:8.0f}x "
        f"{1000 * spent['groups']:10.0f} {spent['groups'] / spent['ours']:8.1f}x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--completions", type=Path, default=ROOT / "../shared/data/outputs_math_qwen_cot100.jsonl")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--list", action="store_true", help="list the answers that are judged differently")
    parser.add_argument("--rows", type=int, help="only the first so many")
    parser.add_argument("--spellings", type=int, default=64, help="answers of the last contest")
    options = parsed(parser, rows=24, repeats=1, spellings=12)
    require(options.completions, options, "name a file of graded completions: --completions FILE.jsonl")
    lines = options.completions.read_text(encoding="utf-8").splitlines()[: options.rows]
    rows = [json.loads(line) for line in lines]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warm_up()
    print(f"{len(rows)} rows     memory       gradus/s  math-verify/s      ratio")
    contest("completions", rows, our_completion, peer_completion, options.repeats, options.list)
    contest("answers", rows, our_answer, peer_answer, options.repeats, options.list)
    print("\nvotes                     answers  distinct  groups   peer's   ms   pairs ms    ratio  groups ms    ratio")
    by_problem: dict[str, list[str]] = {}
    for row in rows:
        by_problem.setdefault(row["id"], []).append(row["prediction"])
    most = max(by_problem.values(), key=lambda found: len(set(found)))
    vote_contest("the most varied problem", (most * 64)[:64], options.repeats)
    vote_contest(f"{options.spellings} spellings", spellings(options.spellings), options.repeats)


if __name__ == "__main__":
    main()
