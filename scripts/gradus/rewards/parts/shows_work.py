"""Whether a completion shows working."""

from typing import Annotated

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Weight


class ShowsWork(Settings):
    """1 where the text has one of the marks that working leaves."""

    weight: Weight = Field(description=WEIGHT)
    marks: list[Annotated[str, Field(min_length=1)]] = Field(
        ["=", "####"], min_length=1, description="Texts of which any one will do."
    )
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def shows_work(completion: GradedCompletion, settings: ShowsWork) -> float:
    """1 where the text has `=` or `####`, else 0; usually 0.1."""
    if settings.wrong_only and completion.right:
        return 0.0
    return float(any(mark in completion.text for mark in settings.marks))


PART = Part(shows_work, ShowsWork, blind=True)
