"""What follows from overlaps: a refusal, or a training set without them."""

from collections.abc import Iterable, Sequence

from gradus.problems.contamination.near import NEAR
from gradus.problems.contamination.search import Pair, by_benchmark
from gradus.provenance.errors import GradusError


def decided_by(pairs: Sequence[Pair], action: str, policy: str, near: str) -> list[Pair]:
    """The pairs to which the policy for their kind, copies or near copies, does this."""
    return [pair for pair in pairs if (near if pair["kind"] == NEAR else policy) == action]


def refusal(training: str, rows: int, pairs: Sequence[Pair], listing: str) -> str:
    """The message about a training set of `rows` rows that holds benchmark problems; `listing` has all pairs."""
    first = pairs[0]
    counts = ", ".join(f"{count} of {name}" for name, count in by_benchmark(pairs).items())
    return (
        f"{training}: {len(rows_of(pairs))} of {rows} rows hold benchmark problems ({counts}), the first in row "
        f"{first['other_row']}: {first['other_id']!r} is {first['id']!r} of {first['benchmark']} ({first['kind']}, "
        f"{100 * first['share']:.0f}%); all are in {listing}. Train on another set, or set contamination: "
        f"{_setting(pairs, 'drop')} to train without these rows, {_setting(pairs, 'report')} to go on"
    )


def _setting(pairs: Sequence[Pair], value: str) -> str:
    """The policies that decide on these pairs, with another value."""
    keys = dict.fromkeys("near" if pair["kind"] == NEAR else "policy" for pair in pairs)
    return f"{{{', '.join(f'{key}: {value}' for key in sorted(keys, reverse=True))}}}"


def rows_of(pairs: Iterable[Pair]) -> set[int]:
    """The rows of the training set that hold a benchmark problem, counted from 1."""
    return {pair["other_row"] for pair in pairs}


def kept(training: str, rows: int, pairs: Sequence[Pair]) -> int:
    """How many rows are left. Raises GradusError where there are none."""
    left = rows - len(rows_of(pairs))
    if not left:
        raise GradusError(f"{training}: all {rows} rows hold benchmark problems, nothing is left; train on another set")
    return left
