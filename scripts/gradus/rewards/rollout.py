"""What a reward is given for: one completion with its verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from gradus.grading.verdict import Verdict


@dataclass(frozen=True)
class Rollout:
    """One graded completion.

    token_ids: its tokens, the stop token included.
    finish_reason: "stop" when the model ended it, "length" when the limit of max_tokens did.
    seed: the completion's own, for controls that draw at random.
    """

    text: str
    token_ids: Sequence[int]
    finish_reason: Literal["stop", "length"]
    max_tokens: int
    gold: str
    verdict: Verdict
    seed: int

    @property
    def right(self) -> bool:
        """Whether the answer is known to be right: an unknown verdict is no proof."""
        return self.verdict.correct is True

    @property
    def cut(self) -> bool:
        return self.finish_reason == "length"

    @cached_property
    def words(self) -> list[str]:
        return self.text.split()
