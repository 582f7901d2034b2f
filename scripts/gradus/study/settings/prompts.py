"""Settings of prompts: what stands around a problem when a model is asked it."""

from pydantic import Field

from gradus.study.settings.base import Name, Settings


class Exchange(Settings):
    """One worked question with its answer, shown to the model before the problem (few-shot)."""

    user: str = Field(
        min_length=1, description="The question. The prompt's suffix follows it, as it follows a problem."
    )
    assistant: str = Field(min_length=1, description="The answer, in the form that the model's should have.")


EXCHANGES = {
    "strawberry": Exchange(
        user="How many r's are in strawberry?",
        assistant=(
            "I go through the letters one by one: 1) s, 2) t, 3) r, 4) a, 5) w, 6) b, 7) e, 8) r, 9) r, 10) y. "
            "The letter r stands at 3, 8 and 9, which makes three. \\boxed{3}"
        ),
    )
}
"""Exchanges that every study has. The question is the one of the Tinker cookbook's few-shot prefix."""


class Prompt(Settings):
    """What the model is told besides the problem. See [Prompts](#prompts)."""

    system: str | None = Field(None, description="System message; none when null or empty.")
    few_shot: list[Name] = Field(
        [],
        description="Worked exchanges that stand before the problem, in this order: `strawberry`, which comes with "
        "Gradus, and those of the study's `exchanges`. Empty is zero-shot.",
    )
    suffix: str = Field("", description="Text after the problem, such as ' Write your answer in \\boxed{} format.'")
