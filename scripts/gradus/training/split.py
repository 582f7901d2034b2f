"""Which traces are held out: all of a problem's or none, so that the held-out loss is on problems never seen."""

from collections.abc import Sequence
from typing import Any

from gradus.problems.contamination.tokens import tokenise
from gradus.training.order import epoch_order

Traces = list[dict[str, Any]]


def split_by_problem(traces: Traces, share: float, seed: int) -> tuple[Traces, Traces]:
    """The traces to train on and those held out, each in their order: those of a share of the problems.

    Of two problems or more at least one is held out and one trained on, whatever a share between 0 and 1 rounds to; a
    single problem is trained on.
    """
    problems = problems_of(traces)
    count = 1 + max(problems, default=-1)
    held_out_count = round(count * share)
    if 0 < share < 1:
        held_out_count = min(max(held_out_count, 1), count - 1)
    chosen = set(epoch_order(count, seed, epoch=-1)[:held_out_count])
    parts: tuple[Traces, Traces] = ([], [])
    for trace, problem in zip(traces, problems, strict=True):
        parts[problem in chosen].append(trace)
    return parts


def problems_of(traces: Sequence[dict[str, Any]]) -> list[int]:
    """A number for each trace's problem, counted from 0 by first appearance.

    Traces are of one problem where they have the same id, or ask the same but for spacing, case and how formulas are
    set: sets that were mixed name a problem each in its own way. Chains of such traces are of one problem too.
    """
    leader: list[int] = []
    first: dict[tuple[str, str], int] = {}
    for place, trace in enumerate(traces):
        leader.append(place)
        asked = "\n".join(turn["content"] for turn in trace["messages"] if turn["role"] == "user")
        for key in (("id", str(trace["id"])), ("asked", tokenise(asked).key)):
            earlier, here = _leader(leader, first.setdefault(key, place)), _leader(leader, place)
            leader[max(earlier, here)] = min(earlier, here)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(_leader(leader, place), len(numbers)) for place in range(len(traces))]


def _leader(leader: list[int], place: int) -> int:
    """The first trace of a trace's problem, as far as is known; the way there is shortened."""
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place
