"""Settings that all experiments have: where they start, what samples them, and what was published of them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gradus.study.settings.base import MOST_STEPS, Name, Settings
from gradus.study.settings.evaluation import SamplerName

Percent = Annotated[float, Field(ge=0, le=100)]
VOTE = r"^(maj|pass)@[1-9][0-9]*$"
Vote = Annotated[str, StringConstraints(pattern=VOTE)]


class Experiment(Settings):
    """What all experiments have."""

    title: str = Field("", description="Row title in tables; empty: the key.")
    description: str = Field("", description="One sentence for the report.")
    parent: Name = Field(alias="from", description="A model or another experiment to start from.")
    checkpoint: Annotated[int, Field(ge=1, le=MOST_STEPS)] | Literal["best"] | None = Field(
        None,
        description="Start from a checkpoint of `from` instead of from its end: the one after this step, or the one "
        "with the best held-out loss (SFT) or reward (GRPO with `held_out`); see [Checkpoints](#checkpoints).",
    )
    inherits: Name | None = Field(None, description="Another experiment whose settings this one starts with.")
    sampler: SamplerName | None = Field(
        None,
        description="What samples this experiment on the benchmarks; null: the benchmark's sampler, or the study's.",
    )
    reference: dict[Name, Percent] = Field(
        {},
        description="Published accuracies in percent, by benchmark: tables and report show them beside the measured "
        "ones. They decide no result; see [Reference values](#reference-values).",
    )
    reference_votes: dict[Name, dict[Vote, Percent]] = Field(
        {}, description="The same of its votes, by benchmark, as `maj@16` and `pass@64`."
    )


class Untrained(Experiment):
    """A row of the table without training: the starting point itself."""

    stage: Literal["none"] = Field(description="No training.")
