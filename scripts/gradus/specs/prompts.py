"""The prompt around a problem, with all texts in full."""

from pydantic import Field

from gradus.study.settings.base import Settings
from gradus.study.settings.prompts import Exchange
from gradus.study.settings.token_groups import InjectedTokens


class EnvironmentSpec(Settings):
    """An environment by its name, and how many turns the model has in it at most."""

    name: str
    max_turns: int


class PromptSpec(Settings):
    """`few_shot`: worked exchanges before the problem. `suffix`: appended to each question. `environment`: answers the
    model's turns; None: it has one turn. `inject`: domain tokens that replace text in exchanges and problem."""

    system: str | None
    few_shot: list[Exchange]
    suffix: str
    environment: EnvironmentSpec | None = None
    inject: list[InjectedTokens] = Field(default_factory=list)
