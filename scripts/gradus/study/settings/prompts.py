"""Settings of prompts: what a model is told besides a problem, and what answers it."""

from typing import Annotated

from pydantic import Field

from gradus.study.settings.base import Name, PluginOf, Settings


class Exchange(Settings):
    """A few-shot example: a question with its worked answer, shown to the model before the problem."""

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
"""Few-shot examples that every study has. The question is that of the few-shot prefix in Tinker's cookbook."""


class Prompt(Settings):
    """What the model is told besides the problem. See [Prompts](#prompts)."""

    system: str | None = Field(None, description="System message; none when null or empty.")
    few_shot: list[Name] = Field(
        [],
        description="Few-shot examples before the problem, in this order: `strawberry`, which comes with Gradus, and "
        "those of the study's `exchanges`. Empty is zero-shot.",
    )
    suffix: str = Field("", description="Text after the problem, such as ' Write your answer in \\boxed{} format.'")
    environment: Annotated[str, PluginOf("gradus.environments.kinds")] | None = Field(
        None,
        description="What answers the model's calls, so that it has several turns: `calculator`; see [Tools](#tools). "
        "null: nothing, the model has one turn.",
    )
    max_turns: int = Field(
        8, ge=1, le=64, description="Most turns of the model in an environment; a call in the last one is not answered."
    )
