"""Settings of trace sets: worked solutions in chat format that SFT trains on."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import Name, Settings


class TraceFilter(Settings):
    """Which of a teacher's completions become traces."""

    min_steps: int = Field(1, ge=0, description="Fewest lines of working before the boxed answer.")
    min_tokens: int = Field(4, ge=0, description="Shorter completions only restate the answer.")
    max_tokens: int = Field(96, ge=1, description="Longer completions are dropped.")
    keep: Literal["shortest", "first", "all"] = Field(
        "shortest", description="Which of a problem's remaining completions to keep."
    )


class DistilledTraces(Settings):
    """Completions of a teacher on a problem set, graded and filtered."""

    kind: Literal["distilled"] = Field("distilled", description="Sampled from a teacher.")
    teacher: Name = Field(description="A model of the study.")
    problems: Name = Field(description="The problem set.")
    samples: int = Field(4, ge=1, le=256, description="Completions per problem.")
    temperature: float = Field(0.7, ge=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(96, ge=1, description="Longest completion.")
    filter: TraceFilter = Field(default_factory=TraceFilter, description="What is kept.")


class PocketPublicTraces(Settings):
    """Correct solutions in another publisher's style: longer, with other formatting. A deliberate mismatch."""

    kind: Literal["pocket_public"] = Field("pocket_public", description="Generated in another style.")
    size: int = Field(600, ge=1, description="Number of traces.")
    levels: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        [1, 2, 3, 4, 5], min_length=1, description="Levels, in equal shares."
    )


TraceSet = Annotated[DistilledTraces | PocketPublicTraces, Field(discriminator="kind")]
