"""Settings of the contamination gate: what counts as a copy, and what happens when a training set holds one."""

from typing import Literal

from pydantic import Field

from gradus.study.settings.base import Settings


class Contamination(Settings):
    """The gate between what is trained on and what is measured on. See [Contamination](../docs/contamination.md)."""

    policy: Literal["fail", "drop", "report"] = Field(
        "fail",
        description="Where a training set holds benchmark problems: fail stops before it is trained on, drop trains "
        "without these rows, report goes on. Overlaps between benchmarks are always reported only.",
    )
    share_of_13_grams: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of a benchmark problem's 13-grams in one training text that makes it a copy.",
    )
    share_of_8_grams: float = Field(
        0.9, gt=0, le=1, description="The same for 8-grams. Problems of fewer than 8 tokens are compared whole."
    )
    near: Literal["report", "fail", "drop", "ignore"] = Field(
        "report",
        description="What the policy is for near copies: a word misspelled, added, left out or replaced, a number "
        "written as a word, a name or a variable changed throughout; ignore does not look for them.",
    )
