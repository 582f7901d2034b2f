"""What a model is asked besides the problem, with all texts in full."""

from gradus.study.settings.base import Settings
from gradus.study.settings.prompts import Exchange


class PromptSpec(Settings):
    """The system message, worked exchanges before the problem, and the text after each question."""

    system: str | None
    few_shot: list[Exchange]
    suffix: str
