"""What a study keeps of a set, in its order."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.study.settings.problems import Filters


def filtered(
    name: str, problems: Sequence[Problem], settings: Filters, seed: int, expected: tuple[int, int] | None = None
) -> list[Problem]:
    """`drop`, `levels`, `subjects`, then a sample of `size` drawn with the seed, or the first ones (`take`).

    `name` is the set's in messages. `expected`: the fewest and the most problems that may be left before `size`. Raises
    GradusError for an id, level or subject that the set does not have, another number than the expected one, and a size
    larger than what is left.
    """
    kept = list(problems)
    _expect(name, "drop", settings.drop, [problem.id for problem in kept])
    kept = [problem for problem in kept if problem.id not in set(settings.drop)]
    for key, values in (("level", settings.levels), ("subject", settings.subjects)):
        if values is not None:
            _expect(name, f"{key}s", values, [getattr(problem, key) for problem in kept])
            kept = [problem for problem in kept if getattr(problem, key) in values]
    if expected is not None and not expected[0] <= len(kept) <= expected[1]:
        numbers = " to ".join(f"{count:,}" for count in dict.fromkeys(expected))
        raise GradusError(
            f"problem set {name!r}: expected {numbers} problems, found {len(kept):,}; look at `left_out` in the "
            f"summary of a set without `expect_problems`, or set `expect_problems: {len(kept)}` if this copy is right"
        )
    size = settings.size
    if size is not None:
        if size > len(kept):
            raise GradusError(f"problem set {name!r}: size {size} is more than the {len(kept)} problems there are")
        everything = range(len(kept))
        chosen = everything[:size] if settings.take == "first" else _drawn(everything, size, seed)
        kept = [kept[index] for index in chosen]
    if not kept:
        raise GradusError(f"problem set {name!r}: the filters leave no problem; change them")
    return kept


def _drawn(rows: Sequence[int], size: int, seed: int) -> list[int]:
    return sorted(random.Random(f"{seed}/sample").sample(rows, size))


def _expect(name: str, key: str, wanted: Iterable[Any], there: Sequence[Any]) -> None:
    known = set(there)
    for value in wanted:
        if value not in known:
            some = ", ".join(map(str, sorted(known)[:12])) + (", ..." if len(known) > 12 else "")
            raise GradusError(f"problem set {name!r}: {key}: there is no {value!r}; there are {some}")
