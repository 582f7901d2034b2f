"""How many of the reference solution's intermediate results a completion derives."""

from fractions import Fraction

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Weight


class IntermediateSteps(Settings):
    """The share of the reference solution's intermediate results that the completion derives."""

    weight: Weight = Field(description=WEIGHT)
    most: int = Field(
        4,
        ge=1,
        le=100,
        description="Equations of a completion that are read, as a multiple of the solution's results: nothing is to "
        "be gained by writing down every number there is.",
    )
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def intermediate_steps(completion: GradedCompletion, settings: IntermediateSteps) -> float:
    """The share of the reference solution's intermediate results that the completion derives by equations that hold,
    from 0 to 1; usually 0.2. 0 where the solution has none.

    A process reward without a model (compare Lightman et al. 2023, arXiv:2305.20050, whose verifier judges every step):
    another way to the answer has other results and earns less, so that it belongs beside `correct` and below it.
    """
    from gradus.rewards.equations import results

    if not completion.steps or (settings.wrong_only and completion.right):
        return 0.0
    wanted = {Fraction(step) for step in completion.steps}
    derived = results(completion.text, most=settings.most * len(wanted))
    return len(wanted.intersection(derived)) / len(wanted)


PART = Part(intermediate_steps, IntermediateSteps, of_steps=True)
