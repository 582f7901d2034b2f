"""Whether a completion uses domain tokens of its model."""

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Name, Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Weight


class UsesTokens(Settings):
    """1 where the model wrote a domain token, by its id."""

    weight: Weight = Field(description=WEIGHT)
    families: list[Name] | None = Field(
        None,
        min_length=1,
        description="Families of [domain tokens](#domain-tokens) of which any token will do; null: all of the model.",
    )
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def uses_tokens(completion: GradedCompletion, settings: UsesTokens) -> float:
    """1 where the model wrote a domain token of its own, else 0; usually 0.2. A model without any always gets 0."""
    if settings.wrong_only and completion.right:
        return 0.0
    wanted = completion.domain_tokens if settings.families is None else settings.families
    return float(any(completion.domain_tokens.get(family, 0) for family in wanted))


PART = Part(uses_tokens, UsesTokens, blind=True)
