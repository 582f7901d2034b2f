"""Parts of the reward that look at how a completion is written, and not at what it answers."""

from collections.abc import Hashable, Sequence

from gradus.rewards.rollout import Rollout


def shows_work(rollout: Rollout, *, marks: list[str], wrong_only: bool) -> float:
    """1 where the text has one of `marks`."""
    return _unless_right(rollout, wrong_only, float(any(mark in rollout.text for mark in marks)))


def domain_tokens(rollout: Rollout, *, tokens: list[str], wrong_only: bool) -> float:
    """1 where the text has one of `tokens`."""
    return _unless_right(rollout, wrong_only, float(any(token in rollout.text for token in tokens)))


def short(rollout: Rollout, *, words: int, wrong_only: bool) -> float:
    """1 for a text of fewer than `words` words."""
    return _unless_right(rollout, wrong_only, float(len(rollout.words) < words))


def repetition(rollout: Rollout, *, unit: str, run: int, times: int, at_least: int, wrong_only: bool) -> float:
    """-1 where a run of `run` units is there `times` times, in a text of `at_least` units or more."""
    units = rollout.words if unit == "words" else rollout.token_ids
    repeats = len(units) >= at_least and most_repeats(units, run) >= times
    return _unless_right(rollout, wrong_only, -float(repeats))


def most_repeats(units: Sequence[Hashable], run: int) -> int:
    """How often the commonest run of `run` units is there without overlap; linear in the number of units."""
    counts: dict[Hashable, int] = {}
    free_from: dict[Hashable, int] = {}
    for at in range(len(units) - run + 1):
        here = tuple(units[at : at + run])
        if at >= free_from.get(here, 0):
            counts[here] = counts.get(here, 0) + 1
            free_from[here] = at + run
    return max(counts.values(), default=0)


def _unless_right(rollout: Rollout, wrong_only: bool, value: float) -> float:
    return 0.0 if wrong_only and rollout.right else value
