"""Votes of made experiments: questions with samples, and the counts of a training run by its questions' scores."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from gradus.evaluation.verdicts import Verdicts
from gradus.evaluation.votes.counts import AloneScore, VoteCounts, VoteScore
from gradus.evaluation.votes.scores import QuestionVotes, count_votes
from gradus.statistics.intervals import wilson_means

QUESTIONS = [
    QuestionVotes("q0", [0, 0, 0, 1], [True, True, True, False]),
    QuestionVotes("q1", [0, 1, 1, -1], [True, False, False, False]),
    QuestionVotes("q2", [-1, -1, 2, 3], [False, False, False, False]),
]


def greedy_of(marks: Mapping[str, Sequence[bool]]) -> Verdicts:
    """The answers of the ablation table: by question, which of its samples are right."""
    rows = [(name, number, mark) for name, own in marks.items() for number, mark in enumerate(own)]
    names, numbers, right = (list(column) for column in zip(*rows))
    count = len(rows)
    words: Any = (["1"] * count, right, ["number"] * count, ["equal"] * count, ["stop"] * count, [9] * count)
    return Verdicts("made", names, numbers, *words)


GREEDY = greedy_of({"q0": [True], "q1": [True], "q2": [False]})


def summary(**changes: Any) -> VoteCounts:
    """The votes of QUESTIONS, or with other arguments of `count_votes`."""
    arguments = {"experiment": "grpo", "benchmark": "aime", "ks": [4, 1, 2, 2], "greedy": GREEDY} | changes
    return count_votes(arguments.pop("questions", QUESTIONS), **arguments)


def score(questions: Sequence[float], error: float = 0.0) -> VoteScore:
    return {
        "value": fmean(questions),
        "ci95": list(wilson_means(questions)),
        "method": "monte_carlo" if error else "exact",
        "error": error,
        "questions": list(questions),
    }


def counts(
    run: str,
    greedy: Sequence[float],
    majorities: Mapping[int, Sequence[float]],
    *,
    benchmark: str = "aime",
    benchmark_n: int = 0,
    samples: int = 16,
    mixed: int = 0,
    weighted: Mapping[str, Mapping[int, VoteScore]] | None = None,
) -> VoteCounts:
    """The votes of a training run by the scores of its questions: greedy, and maj@k by k, of which 1 is one."""
    n = len(greedy)
    plain = score(greedy)
    alone: AloneScore = {
        "value": plain["value"],
        "ci95": plain["ci95"],
        "samples": 1,
        "temperature": 0.0,
        "questions": list(greedy),
    }
    return {
        "experiment": run,
        "benchmark": benchmark,
        "n": n,
        "benchmark_n": benchmark_n or n,
        "samples": samples,
        "ids": [f"q{i}" for i in range(n)],
        "correct": [round(samples * share) for share in majorities[1]],
        "groups": 5 * n,
        "mixed_groups": mixed,
        "greedy": alone,
        "ks": [
            {
                "k": k,
                "maj": score(values),
                "weighted": {name: by_k[k] for name, by_k in (weighted or {}).items()},
            }
            for k, values in majorities.items()
        ],
    }
