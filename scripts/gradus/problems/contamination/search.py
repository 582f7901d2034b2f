"""Look for benchmark problems in a training set, and for problems that two benchmarks share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradus.problems.contamination.index import BenchmarkIndex, Found
from gradus.problems.contamination.near import NEAR
from gradus.problems.contamination.texts import Text

Pair = dict[str, Any]
"""`kind` and `share` of a likeness; `benchmark`, `id`, `problem` of the one, `other`, `other_row`, `other_id`,
`other_problem` of the training set or other benchmark that it was found in."""

LONGEST_CHARACTERS = 4000
"""Characters of a problem that are kept beside its id: a page is enough to see what the overlap is."""


def in_training(name: str, batches: Iterable[Sequence[Text]], index: BenchmarkIndex) -> tuple[int, list[Pair]]:
    """Number of rows of the training set `name`, and every pair of a benchmark problem and a row that holds it.

    A row may have several texts: of a problem in more than one of them there is the likest, and one pair.
    """
    rows = 0
    pairs: dict[tuple[str, str, int], Pair] = {}
    for batch in batches:
        for pair in [_pair(name, found) for found in index.search(batch)]:
            place = (pair["benchmark"], pair["id"], pair["other_row"])
            if place not in pairs or _order(pairs[place]) > _order(pair):
                pairs[place] = pair
        rows = max(rows, *(text.row for text in batch))
    return rows, sorted(pairs.values(), key=lambda pair: pair["other_row"])


def between_benchmarks(
    sets: Mapping[str, Sequence[Text]], shares: Mapping[int, float], near: bool = False
) -> list[Pair]:
    """Problems that two benchmarks share, each pair once, in the order of the benchmarks."""
    index, best = BenchmarkIndex(sets, shares, near), {}
    order = list(sets)
    # Of two equal findings, that of the earlier benchmark in the later one.
    for name, texts in reversed(list(sets.items())):
        for found in index.search(texts):
            if found.benchmark == name:
                continue
            pair = _pair(name, found)
            both = frozenset({(name, pair["other_id"]), (found.benchmark, pair["id"])})
            if both not in best or _order(best[both]) > _order(pair):
                best[both] = pair
    return sorted(best.values(), key=lambda p: (order.index(p["benchmark"]), order.index(p["other"])))


def by_benchmark(pairs: Iterable[Pair]) -> dict[str, int]:
    """Number of different problems of each benchmark that were found."""
    return dict(Counter(benchmark for benchmark, _ in {(pair["benchmark"], pair["id"]): None for pair in pairs}))


def _order(pair: Pair) -> tuple[bool, float]:
    """Copies before near copies, and the likest first."""
    return pair["kind"] == NEAR, -pair["share"]


def _pair(name: str, found: Found) -> Pair:
    return {
        "benchmark": found.benchmark,
        "id": found.ours.id,
        "problem": _cut(found.ours.text),
        "other": name,
        "other_row": found.theirs.row,
        "other_id": found.theirs.id,
        "other_problem": _cut(found.theirs.text),
        "kind": found.likeness.kind,
        "share": round(found.likeness.share, 4),
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CHARACTERS else text[:LONGEST_CHARACTERS] + " …"
