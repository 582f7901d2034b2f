"""The pairs of experiments that a study declares."""

from collections.abc import Iterator

from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.evaluation import Comparisons


def declared_pairs(comparisons: Comparisons) -> Iterator[tuple[tuple[str, str], str]]:
    """The pairs of `comparisons.pairs` with their questions, which may be empty."""
    for pair in comparisons.pairs:
        a, b = pair.of
        yield (a, b), pair.question


def named_pairs(comparisons: Comparisons) -> Iterator[tuple[KeyPath, tuple[str, str]]]:
    """All pairs that the study names, with their places."""
    for index, (pair, _) in enumerate(declared_pairs(comparisons)):
        yield ("comparisons", "pairs", index), pair
    if comparisons.primary:
        a, b = comparisons.primary
        yield ("comparisons", "primary"), (a, b)


def pair_mistakes(comparisons: Comparisons) -> Iterator[Mistake]:
    """Experiments that are compared with themselves, and pairs that are declared twice."""
    seen: set[frozenset[str]] = set()
    for keys, (a, b) in named_pairs(comparisons):
        pair = frozenset((a, b))
        if a == b:
            yield keys, f"{a!r} is compared with itself; name two experiments"
        elif "pairs" in keys and pair in seen:
            yield keys, f"{a!r} and {b!r} are a pair already; name each pair once"
        seen |= {pair} if "pairs" in keys else set()
