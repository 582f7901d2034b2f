"""Problems that two sets share."""

import re
from collections.abc import Sequence

from gradus.problems.table import Problem


def normalised(text: str) -> str:
    """Lower case, words and numbers only: blind to spacing and punctuation."""
    return " ".join(re.findall(r"[a-z]+|[0-9]+|[^\sa-z0-9.,;:!?'\"]", text.lower()))


def shared_problems(benchmark: Sequence[Problem], training: Sequence[Problem]) -> list[tuple[Problem, Problem]]:
    """Pairs of problems with the same normalised text, in the order of the benchmark."""
    known = {normalised(problem.problem): problem for problem in training}
    return [(p, known[text]) for p in benchmark if (text := normalised(p.problem)) in known]
