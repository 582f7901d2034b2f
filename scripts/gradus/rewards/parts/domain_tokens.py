"""Whether a completion uses tokens of its domain."""

from typing import Annotated

from pydantic import Field

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.base import Settings
from gradus.study.settings.reward_part import WEIGHT, WRONG_ONLY, Part, Weight


class DomainTokens(Settings):
    """1 where the text has a token of the domain, such as a multiplication token of an extended vocabulary."""

    weight: Weight = Field(description=WEIGHT)
    tokens: list[Annotated[str, Field(min_length=1)]] = Field(
        ["<MUL_"], min_length=1, description="Texts of which any one will do; beginnings count."
    )
    wrong_only: bool = Field(False, description=WRONG_ONLY)


def domain_tokens(completion: GradedCompletion, settings: DomainTokens) -> float:
    """1 where the text has a token of the domain, else 0; usually 0.2."""
    if settings.wrong_only and completion.right:
        return 0.0
    return float(any(token in completion.text for token in settings.tokens))


PART = Part(domain_tokens, DomainTokens, blind=True)
