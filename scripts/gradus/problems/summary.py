"""What the summary of a set says about its rows: `problems/<set>.summary.json`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gradus.problems.checks import is_foreign, repeated
from gradus.problems.problem import Problem


def summary(name: str, problems: Sequence[Problem], origin: Mapping[str, Any]) -> dict[str, Any]:
    """Rows, levels, subjects, lengths in characters, duplicates and language, after where the set comes from."""
    levels = Counter(problem.level for problem in problems)
    subjects = Counter(problem.subject for problem in problems)
    return {
        **origin,
        "set": name,
        "rows": len(problems),
        "levels": {str(level): levels[level] for level in sorted(levels)},
        "subjects": {subject: subjects[subject] for subject in sorted(subjects)},
        "problem_characters": lengths([len(problem.problem) for problem in problems]),
        "answer_characters": lengths([len(problem.answer) for problem in problems]),
        "duplicates": repeated(problems),
        "not_latin": sum(is_foreign(problem.problem) for problem in problems),
    }


def lengths(counts: Sequence[int]) -> dict[str, int]:
    """Median, 95th percentile (nearest rank: the smallest with that share at or below it) and largest."""
    ordered = sorted(counts)
    return {"median": _rank(ordered, 50), "p95": _rank(ordered, 95), "largest": ordered[-1]}


def _rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-percent * len(ordered) // 100) - 1]
