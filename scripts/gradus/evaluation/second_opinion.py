"""Other graders on the same answers: how far a study's accuracies hang on the grader, and on which answers."""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradus.evaluation import plain_graders
from gradus.evaluation.verdicts import Verdicts
from gradus.grading.bounded.pool import ask, warm_up

Grader = Callable[[str, str], bool | None]
Pair = tuple[str, str]
"""The known answer and the answer."""

OURS = "gradus"
COLUMNS = ("benchmark", "grader", "answers", "gradus", "other", "gold", "answer")

_ITEM_SECONDS = 5.0
_LONGEST_SHOWN = 300
_WORDS = {True: "right", False: "wrong", None: "unknown"}


def math_verify(gold: str, answer: str) -> bool | None:
    """math-verify, asked both ways round in a worker process that its budget bounds; None where it cannot tell."""
    question = {"a": gold, "b": answer, "ask": ["math_verify"]}
    return ask(question, time.monotonic() + _ITEM_SECONDS)["equal"]


GRADERS: dict[str, Grader] = {
    "math_verify": math_verify,
    "prm800k": plain_graders.prm800k,
    "math_paper": plain_graders.math_paper,
    "last_number": plain_graders.last_number,
    "exact": plain_graders.exact,
}


def second_opinions(
    cells: Mapping[tuple[str, str], Verdicts],
    golds: Mapping[str, Mapping[str, str]],
    *,
    experiments: Sequence[str],
    pairs: int,
    judged: Callable[[int], None] = lambda count: None,
) -> list[dict[str, Any]]:
    """What `second_opinion.json` says of each benchmark, in the order of `golds`.

    cells: verdicts by (experiment, benchmark). golds: per benchmark, known answers by problem id. pairs: how many
    distinct pairs of a benchmark at most are judged, the most frequent first. judged: told how many pairs were judged.

    Shares are of `covered`, the answers among these pairs. An accuracy counts covered answers and samples without an
    answer; unknown is not right. `agreement` is the share of covered answers that are right for both or for neither.
    """
    if pairs:
        warm_up()
    found = []
    for benchmark, known in golds.items():
        here = {name: cells[name, benchmark] for name in experiments if (name, benchmark) in cells}
        found.append({"benchmark": benchmark} | _benchmark(here, known, pairs, judged))
    return found


def count_pairs(cells: Mapping[tuple[str, str], Verdicts], golds: Mapping[str, Mapping[str, str]], pairs: int) -> int:
    """How many pairs `second_opinions` will judge."""
    every = (_pairs([v for (_, name), v in cells.items() if name == b], known) for b, known in golds.items())
    return sum(min(pairs, len(counts)) for counts in every)


def _pairs(verdicts: Sequence[Verdicts], known: Mapping[str, str]) -> Counter[Pair]:
    return Counter(
        (known[identifier], answer)
        for each in verdicts
        for identifier, answer in zip(each.ids, each.answers)
        if answer is not None
    )


def _benchmark(
    verdicts: Mapping[str, Verdicts], known: Mapping[str, str], limit: int, judged: Callable[[int], None]
) -> dict[str, Any]:
    counts = _pairs(list(verdicts.values()), known)
    chosen = sorted(counts, key=lambda pair: (-counts[pair], pair))[:limit]
    opinions: dict[Pair, dict[str, bool | None]] = {}
    for pair in chosen:
        opinions[pair] = {name: grader(*pair) for name, grader in GRADERS.items()}
        judged(1)
    for each in verdicts.values():
        for identifier, answer, correct in zip(each.ids, each.answers, each.correct):
            if answer is not None and (known[identifier], answer) in opinions:
                opinions[known[identifier], answer].setdefault(OURS, correct)
    covered = sum(counts[pair] for pair in chosen)
    return {
        "answers": counts.total(),
        "covered": covered,
        "distinct_pairs": len(counts),
        "pairs": len(chosen),
        "graders": {name: _grader(name, opinions, counts, covered) for name in GRADERS},
        "accuracy": {name: _accuracies(each, known, opinions) for name, each in verdicts.items()},
        "disagreements": _disagreements(opinions, counts),
    }


def _grader(
    name: str, opinions: Mapping[Pair, Mapping[str, bool | None]], counts: Counter[Pair], covered: int
) -> dict[str, Any]:
    same = sum(counts[pair] for pair, said in opinions.items() if (said[name] is True) == (said[OURS] is True))
    unknown = sum(counts[pair] for pair, said in opinions.items() if said[name] is None)
    return {"agreement": same / covered if covered else None, "unknown": unknown}


def _accuracies(
    verdicts: Verdicts, known: Mapping[str, str], opinions: Mapping[Pair, Mapping[str, bool | None]]
) -> dict[str, Any]:
    """`n` covered samples of an experiment, and the share of them that each grader calls right."""
    right, n = Counter[str](), 0
    for identifier, answer in zip(verdicts.ids, verdicts.answers):
        said = {} if answer is None else opinions.get((known[identifier], answer))
        if said is not None:
            n += 1
            right.update(name for name, correct in said.items() if correct)
    return {"n": n} | {name: right[name] / n if n else None for name in (OURS, *GRADERS)}


def _disagreements(opinions: Mapping[Pair, Mapping[str, bool | None]], counts: Counter[Pair]) -> list[dict[str, Any]]:
    rows = [
        {
            "grader": name,
            "answers": counts[gold, answer],
            "gradus": _WORDS[said[OURS]],
            "other": _WORDS[said[name]],
            "gold": _clip(gold),
            "answer": _clip(answer),
        }
        for (gold, answer), said in opinions.items()
        for name in GRADERS
        if (said[name] is True) != (said[OURS] is True)
    ]
    order = list(GRADERS)
    return sorted(rows, key=lambda row: (-row["answers"], order.index(row["grader"]), row["gold"], row["answer"]))


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def render_csv(benchmarks: Sequence[Mapping[str, Any]]) -> str:
    """The disagreements of all benchmarks, the most frequent first."""
    rows = [{"benchmark": b["benchmark"]} | row for b in benchmarks for row in b["disagreements"]]
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: -row["answers"]))
    return out.getvalue()
