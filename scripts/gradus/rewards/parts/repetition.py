"""Whether a completion repeats itself."""

from collections.abc import Hashable, Sequence
from typing import Literal

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Refusal, Weight


class Repetition(Settings):
    """-1 where a run of words comes again and again."""

    weight: Weight = Field(description=WEIGHT)
    unit: Literal["words", "tokens"] = Field(
        "words",
        description="What a run is made of; tokens also catch loops that have no spaces. In votes it has to be words.",
    )
    run: int = Field(3, ge=1, le=100, description="Units of a run.")
    times: int = Field(3, ge=2, description="Times that the same run has to be there, without overlap.")
    at_least: int = Field(10, ge=0, description="Texts with fewer units than this are never punished.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def repetition(completion: GradedCompletion, settings: Repetition) -> float:
    """-1 where three words in a row come three times or more, else 0; usually 0.3."""
    if settings.wrong_only and completion.right:
        return 0.0
    units = completion.words if settings.unit == "words" else completion.token_ids
    return -float(len(units) >= settings.at_least and most_repeats(units, settings.run) >= settings.times)


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


def vote_refusal(settings: Repetition) -> Refusal | None:
    if settings.unit == "tokens":
        return "unit", "samples are kept as texts, so a vote cannot see their tokens; use unit: words"
    return None


PART = Part(repetition, Repetition, blind=True, vote_refusal=vote_refusal)
