"""Settings of the targets `profile/<experiment>` and `sweep/<experiment>`. None of them decides a result."""

from typing import Annotated

from pydantic import Field

from gradus.study.settings.base import MOST_ROWS_AT_ONCE, MOST_STEPS, MOST_TOKENS, Settings

Tokens = Annotated[int, Field(ge=1, le=MOST_TOKENS)]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS_AT_ONCE)]
GroupSize = Annotated[int, Field(ge=2, le=256)]


class Sweep(Settings):
    """What `snakemake sweep/<experiment>` tries, each with each. A setting that decides nothing there is left out."""

    warmup_steps: int = Field(1, ge=0, le=MOST_STEPS, description="Steps before the ones that are measured.")
    steps: int = Field(2, ge=1, le=MOST_STEPS, description="Steps that are measured.")
    micro_batch_tokens: list[Tokens] | None = Field(
        None, min_length=1, description="null: half, once, twice and four times the experiment's."
    )
    micro_batch: list[Rows] | None = Field(
        None, min_length=1, description="Under trl; null: the four largest divisors of the batch."
    )
    gradient_checkpointing: list[bool] = Field([False, True], min_length=1, description="Without, with, or both.")
    group_size: list[GroupSize] | None = Field(
        None, min_length=1, description="It decides results too; null: the experiment's."
    )
    batch_size: list[Rows] | None = Field(
        None, min_length=1, description="It decides results too; null: the experiment's."
    )
    doublings: int = Field(
        3,
        ge=0,
        le=16,
        description="Memory test: how many times group_size and max_tokens (SFT: max_length) are doubled in search of "
        "what does not fit any more, each by itself and in the fastest setting that does; 0: no test.",
    )
    minutes: float = Field(10.0, gt=0, le=1440, description="Most that a row may take; one that takes longer is slow.")
    memory_gb: float | None = Field(
        None,
        gt=0,
        description="Memory that a row may have: of the GPU, or of the host where there is none (10^9 bytes); null: "
        "all of the GPU, or nine tenths of what the host has left.",
    )


class Profiling(Settings):
    """What is measured of a training, in a folder of its own. A change of these settings retrains nothing."""

    warmup_steps: int = Field(1, ge=0, le=MOST_STEPS, description="Steps before the profiler looks.")
    steps: int = Field(3, ge=1, le=MOST_STEPS, description="Steps that it looks at.")
    sweep: Sweep = Field(default_factory=Sweep, description="What is tried in search of the fastest that fits.")
