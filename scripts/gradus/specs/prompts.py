"""What a model is asked besides the problem, with all texts in full."""

from pydantic import Field

from gradus.study.settings.base import Settings
from gradus.study.settings.prompts import Exchange
from gradus.study.settings.token_groups import InjectedTokens


class EnvironmentSpec(Settings):
    """What answers the model's turns, by its name, and how many turns the model has at most."""

    name: str
    max_turns: int


class PromptSpec(Settings):
    """The system message, worked exchanges before the problem, the text after each question, and where the conversation
    goes on after the model's turn, what answers it. `inject`: domain tokens of the model that take the place of what
    exchanges and problem say."""

    system: str | None
    few_shot: list[Exchange]
    suffix: str
    environment: EnvironmentSpec | None = None
    inject: list[InjectedTokens] = Field(default_factory=list)
